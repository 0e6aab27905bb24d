// Goal: a table of columns holds exactly the rows that live, however they come and go, in few chunks, and a state that was taken stays
// as it was.
// Method: random appends and kills of small chunks beside a plain map; now and then a state is kept and looked at again at the end.

#include "store/sqlite/column_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace opik::store::sqlite {
namespace {

using model::Kind;
using Living = std::map<int64_t, int64_t>;  // n -> start_ns

struct Cost {
  double value = 0.1;
};

void append_row(Chunk& chunk, ColumnNames& names, int64_t n, int64_t start_ns, Cost cost = {}, bool is_llm = false) {
  chunk.n.push_back(n);
  chunk.id.push_back(base::Uuid::least_at_ms(n));
  chunk.trace.push_back(names.traces.number_of(base::Uuid::least_at_ms(n % 7)));
  chunk.start_ns.push_back(start_ns);
  chunk.end_ns.push_back(kNoTime);
  chunk.created_us.push_back(0);
  chunk.updated_us.push_back(0);
  chunk.ttft_ms.push_back(0);
  for (auto* texts : {&chunk.name, &chunk.tags, &chunk.source, &chunk.error_type, &chunk.model, &chunk.provider}) {
    texts->push_back(names.strings.number_of("text " + std::to_string(n % 100)));
  }
  chunk.payload.push_back(0);
  chunk.scores.close_row();
  chunk.parent.emplace_back();
  chunk.type.push_back(names.strings.number_of(is_llm ? "llm" : "tool"));
  chunk.cost.push_back(cost.value);
  chunk.usage.values.push_back(n);
  chunk.usage.close_row();
  chunk.usage_names.push_back(names.usage.number_of({names.strings.number_of("total_tokens")}));
}

Living living_of(const ColumnState& state) {
  Living living;
  for (const LiveChunk& chunk : state.chunks(Kind::span)) {
    for (size_t row = 0; row < chunk.rows->size(); ++row) {
      if (chunk.is_dead(row)) continue;
      EXPECT_EQ(chunk.rows->usage.values[chunk.rows->usage.first_of(row)], chunk.rows->n[row]);
      EXPECT_EQ(state.names().strings[chunk.rows->name[row]], "text " + std::to_string(chunk.rows->n[row] % 100));
      EXPECT_TRUE(living.emplace(chunk.rows->n[row], chunk.rows->start_ns[row]).second) << "twice";
    }
  }
  EXPECT_EQ(state.rows(Kind::span), static_cast<int64_t>(living.size()));
  return living;
}

TEST(ColumnTable, HoldsWhatLives) {
  std::mt19937_64 random(5);
  RowPlaces traces;
  RowPlaces spans;
  ColumnTable table(1, std::make_shared<ColumnNames>(), traces, spans);
  Living living;
  std::vector<std::pair<std::shared_ptr<const ColumnState>, Living>> kept;
  int64_t next = 1;
  for (int64_t commit = 1; commit <= 1500; ++commit) {
    auto chunk = std::make_unique<Chunk>(Kind::span);
    const auto put = [&](int64_t n) {
      append_row(*chunk, table.names(), n, commit);
      living[n] = commit;
    };
    const auto gone = [&](int64_t n) {
      const RowPlaces::Place* place = spans.find(n);
      ASSERT_NE(place, nullptr) << n;
      table.kill(Kind::span, n, *place);
    };
    for (uint64_t i = random() % 20; i > 0; --i) put(next++);
    for (uint64_t i = random() % 6; i > 0 && !living.empty(); --i) {
      const auto row = living.lower_bound(static_cast<int64_t>(random() % static_cast<uint64_t>(next)));
      if (row == living.end() || row->second == commit) continue;
      gone(row->first);
      if (random() % 3 == 0) {
        living.erase(row);
      } else {
        put(row->first);
      }
    }
    chunk->seal();
    table.append(std::move(chunk));
    const auto state = table.state();
    EXPECT_LE(state->chunks(Kind::span).size(), 40u);
    if (commit % 150 == 0) kept.emplace_back(state, living);
    if (commit % 50 == 0) {
      ASSERT_EQ(living_of(*state), living) << commit;
    }
  }
  for (const auto& [state, then] : kept) EXPECT_EQ(living_of(*state), then);
}

TEST(ColumnTable, TotalsAreOfTheLivingSpans) {
  RowPlaces traces;
  RowPlaces spans;
  ColumnTable table(1, std::make_shared<ColumnNames>(), traces, spans);
  auto chunk = std::make_unique<Chunk>(Kind::span);
  for (int64_t n = 1; n <= 21; ++n) append_row(*chunk, table.names(), n, 1);
  chunk->seal();
  table.append(std::move(chunk));
  table.kill(Kind::span, 8, *spans.find(8));
  const auto state = table.state();
  const SpanTotals& totals = state->span_totals();
  const uint32_t trace = table.names().traces.number_of(base::Uuid::least_at_ms(1));  // of 1, 8, 15
  EXPECT_EQ(totals.span_count[trace], 2u);
  EXPECT_EQ(totals.cost[trace], 0.2);
  ASSERT_EQ(totals.usage.size(), 1u);
  EXPECT_EQ(totals.usage[0].count[trace], 16);
}

// Goal: totals that go on from those of an earlier state are those of all spans. Method: states of a table that grows and loses rows,
// at its old end and its new, each held against a state of the same chunks that begins anew.
TEST(ColumnTable, TotalsGoOnFromThoseOfTheStateBefore) {
  std::mt19937_64 random(11);
  RowPlaces traces;
  RowPlaces spans;
  ColumnTable table(1, std::make_shared<ColumnNames>(), traces, spans);
  int64_t next = 1;
  size_t most_chunks = 0;
  for (int64_t commit = 1; commit <= 120; ++commit) {
    auto chunk = std::make_unique<Chunk>(Kind::span);
    for (uint64_t i = random() % 1000; i > 0; --i) {
      const Cost cost{static_cast<double>(random() % 1000) / 1e7};
      append_row(*chunk, table.names(), next++, commit, cost, random() % 3 == 0);
    }
    if (commit % 7 == 0) table.names().traces.number_of(base::Uuid::least_at_ms(1000 + commit));
    for (uint64_t i = random() % 4; i > 0 && next > 1; --i) {
      const bool late = random() % 8 != 0;
      const int64_t n =
          late ? next - 1 - static_cast<int64_t>(random() % 500) : static_cast<int64_t>(random() % static_cast<uint64_t>(next));
      if (const RowPlaces::Place* place = n > 0 ? spans.find(n) : nullptr; place != nullptr) table.kill(Kind::span, n, *place);
    }
    chunk->seal();
    table.append(std::move(chunk));
    const auto state = table.state();
    if (random() % 4 == 0) continue;  // nobody asks
    most_chunks = std::max(most_chunks, state->chunks(Kind::span).size());
    const auto same = std::shared_ptr<const ColumnNames>(&state->names(), [](const ColumnNames*) {});
    const ColumnState anew(same, {}, state->chunks(Kind::span));
    const SpanTotals& is = state->span_totals();
    const SpanTotals& should = anew.span_totals();
    ASSERT_EQ(is.span_count, should.span_count) << commit;
    ASSERT_EQ(is.llm_span_count, should.llm_span_count) << commit;
    ASSERT_EQ(is.cost, should.cost) << commit;
    ASSERT_EQ(is.usage.size(), should.usage.size());
    for (size_t i = 0; i < is.usage.size(); ++i) {
      ASSERT_EQ(is.usage[i].name, should.usage[i].name);
      ASSERT_EQ(is.usage[i].count, should.usage[i].count) << commit;
      ASSERT_EQ(is.usage[i].is_counted, should.usage[i].is_counted) << commit;
    }
  }
  EXPECT_GT(most_chunks, 3u) << "some must have rested";
}

}  // namespace
}  // namespace opik::store::sqlite

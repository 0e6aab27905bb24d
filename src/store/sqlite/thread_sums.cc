#include "store/sqlite/thread_sums.h"

#include <algorithm>
#include <unordered_map>

#include "codec/decode.h"
#include "store/sqlite/averages.h"

namespace opik::store::sqlite {
namespace {

using Numbers = std::unordered_map<std::string, size_t>;  // thread_id -> which sum

void add_trace(const ColumnState& state, const Chunk& rows, size_t row, ThreadSum& sum) {
  if (sum.start_ns == 0 && sum.first_id == base::Uuid{}) {
    sum.first_id = rows.id[row];
    sum.start_ns = rows.start_ns[row];
  }
  sum.first_id = std::min(sum.first_id, rows.id[row]);
  sum.start_ns = std::min(sum.start_ns, rows.start_ns[row]);
  sum.end_ns = std::max(sum.end_ns, rows.end_ns[row]);
  sum.cost.add(state.span_totals().cost[rows.trace[row]]);
  sum.has_error = sum.has_error || rows.error_type[row] != Strings::kNone;
}

// What is the threads' own.
void read_tags(Connection& db, int64_t project, const Numbers& numbers, std::vector<ThreadSum>& sums) {
  Statement& threads = db.prepared("SELECT thread_id, tags FROM threads WHERE project_n = ?1 AND tags IS NOT NULL");
  ResetGuard guard(threads);
  threads.bind(1, project);
  while (threads.step()) {
    const auto found = numbers.find(std::string(threads.text(0)));
    if (found != numbers.end()) sums[found->second].tags = codec::parse_tags(threads.text(1));
  }
}

void read_scores(Connection& db, int64_t project, const Numbers& numbers, std::vector<ThreadSum>& sums) {
  Statement& scores = db.prepared(
      "SELECT t.thread_id, f.name, opik_mean(f.value_nano) FROM threads t JOIN feedback_scores f ON f.workspace_n = t.workspace_n AND "
      "f.entity = 'thread' AND f.entity_id = t.id WHERE t.project_n = ?1 GROUP BY t.n, f.name");
  ResetGuard guard(scores);
  scores.bind(1, project);
  while (scores.step()) {
    const auto found = numbers.find(std::string(scores.text(0)));
    if (found == numbers.end()) continue;
    sums[found->second].scores.emplace(scores.text(1), static_cast<double>(scores.integer(2)) / 1e9);
  }
}

}  // namespace

std::vector<ThreadSum> sum_threads(const ColumnState* state, const query::Selection& traces, const PayloadSource& source) {
  std::vector<ThreadSum> sums;
  Numbers numbers;
  each_piece_row(state, traces, source, [&](const ColumnState& own, const Chunk& rows, size_t row) {
    const std::string_view thread = own.names().strings[rows.thread[row]];
    if (thread.empty()) return;
    const auto [number, is_new] = numbers.emplace(thread, sums.size());
    if (is_new) sums.emplace_back();
    add_trace(own, rows, row, sums[number->second]);
  });
  read_tags(source.db, traces.project, numbers, sums);
  read_scores(source.db, traces.project, numbers, sums);
  return sums;
}

}  // namespace opik::store::sqlite

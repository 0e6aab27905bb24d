#include "store/sqlite/column_table.h"

#include <algorithm>

#include "base/check.h"

namespace opik::store::sqlite {

using model::Kind;

const SpanTotals::Tokens* SpanTotals::find(uint32_t name) const {
  const auto found = std::find_if(usage.begin(), usage.end(), [&](const Tokens& tokens) { return tokens.name == name; });
  return found == usage.end() ? nullptr : &*found;
}

namespace {

int64_t live_rows(const std::vector<LiveChunk>& chunks) {
  size_t rows = 0;
  for (const LiveChunk& chunk : chunks) rows += chunk.live_count();
  return static_cast<int64_t>(rows);
}

void add_spans(const ColumnState& state, const LiveChunk& chunk, SpanTotalsSoFar& so_far) {
  SpanTotals& totals = so_far.totals;
  const size_t traces = state.trace_count();
  // A name's place in totals.usage; few names, so that looking is quick.
  const auto tokens_of = [&](uint32_t name) -> SpanTotals::Tokens& {
    for (SpanTotals::Tokens& tokens : totals.usage) {
      if (tokens.name == name) return tokens;
    }
    return totals.usage.emplace_back(SpanTotals::Tokens{name, std::vector<int64_t>(traces), std::vector<uint8_t>(traces)});
  };
  const Chunk& rows = *chunk.rows;
  if (so_far.llm == Strings::kNone) {
    const auto& strings = state.names().strings;
    for (size_t row = 0; row < rows.size() && so_far.llm == Strings::kNone; ++row) {
      if (strings[rows.type[row]] == "llm") so_far.llm = rows.type[row];
    }
  }
  for (size_t row = 0; row < rows.size(); ++row) {
    if (chunk.is_dead(row)) continue;
    const uint32_t trace = rows.trace[row];
    ++totals.span_count[trace];
    totals.llm_span_count[trace] += rows.type[row] == so_far.llm && so_far.llm != Strings::kNone;
    if (rows.cost[row] > 0) so_far.costs[trace].add(rows.cost[row]);
    const size_t counted = rows.usage.size_of(row);
    if (counted == 0) continue;
    const uint32_t* names = state.names().usage[rows.usage_names[row]];
    const size_t first = rows.usage.first_of(row);
    for (size_t i = 0; i < counted; ++i) {
      SpanTotals::Tokens& tokens = tokens_of(names[i]);
      tokens.count[trace] += rows.usage.values[first + i];
      tokens.is_counted[trace] = 1;
    }
  }
}

void make_room(SpanTotalsSoFar& so_far, size_t traces) {
  so_far.totals.span_count.resize(traces);
  so_far.totals.llm_span_count.resize(traces);
  so_far.costs.resize(traces);
  for (SpanTotals::Tokens& tokens : so_far.totals.usage) {
    tokens.count.resize(traces);
    tokens.is_counted.resize(traces);
  }
}

SpanTotals make_totals(const ColumnState& state, RestingTotals* resting) {
  const std::vector<LiveChunk>& chunks = state.chunks(Kind::span);
  SpanTotalsSoFar so_far;
  size_t at = 0;
  if (const auto base = resting == nullptr ? nullptr : resting->of(chunks); base != nullptr) {
    so_far = base->so_far;
    at = base->chunks.size();
  }
  make_room(so_far, state.trace_count());
  for (size_t i = 0; resting != nullptr && i < RestingTotals::kRowsLeast.size(); ++i) {
    const size_t known = at;
    for (; at < chunks.size() && chunks[at].rows->size() >= RestingTotals::kRowsLeast[i]; ++at) add_spans(state, chunks[at], so_far);
    if (at == known) continue;
    std::vector<LiveChunk> added(chunks.begin(), chunks.begin() + static_cast<std::ptrdiff_t>(at));
    resting->keep(i, std::make_shared<RestingTotals::Base>(RestingTotals::Base{std::move(added), so_far}));
  }
  for (; at < chunks.size(); ++at) add_spans(state, chunks[at], so_far);
  so_far.totals.cost.reserve(so_far.costs.size());
  for (const model::Sum& cost : so_far.costs) so_far.totals.cost.push_back(cost.value());
  return std::move(so_far.totals);
}

}  // namespace

std::shared_ptr<const RestingTotals::Base> RestingTotals::of(const std::vector<LiveChunk>& chunks) const {
  decltype(bases_) bases;
  {
    const std::lock_guard lock(mutex_);
    bases = bases_;
  }
  const auto same = [](const LiveChunk& a, const LiveChunk& b) { return a.rows == b.rows && a.dead == b.dead; };
  std::shared_ptr<const Base> longest;
  for (std::shared_ptr<const Base>& base : bases) {
    if (base == nullptr || base->chunks.size() > chunks.size()) continue;
    if (longest != nullptr && base->chunks.size() <= longest->chunks.size()) continue;
    if (std::equal(base->chunks.begin(), base->chunks.end(), chunks.begin(), same)) longest = std::move(base);
  }
  return longest;
}

void RestingTotals::keep(size_t i, std::shared_ptr<const Base> base) {
  const std::lock_guard lock(mutex_);
  bases_[i] = std::move(base);
}

ColumnState::ColumnState(std::shared_ptr<const ColumnNames> names, std::vector<LiveChunk> traces, std::vector<LiveChunk> spans,
                         std::shared_ptr<RestingTotals> resting)
    : names_(std::move(names)),
      traces_(std::move(traces)),
      spans_(std::move(spans)),
      string_count_(names_->strings.size()),
      trace_count_(names_->traces.size()),
      trace_rows_(live_rows(traces_)),
      span_rows_(live_rows(spans_)),
      resting_(std::move(resting)) {}

const SpanTotals& ColumnState::span_totals() const {
  std::call_once(totals_made_, [&] { totals_ = make_totals(*this, resting_.get()); });
  return totals_;
}

RowPlaces::Place* RowPlaces::find(int64_t n) {
  const size_t page = static_cast<size_t>(n) / kPageRows;
  if (page >= pages_.size() || pages_[page] == nullptr) return nullptr;
  Place& place = pages_[page][static_cast<size_t>(n) % kPageRows];
  return place.table == 0 ? nullptr : &place;
}

void RowPlaces::set(int64_t n, const Place& place) {
  const size_t page = static_cast<size_t>(n) / kPageRows;
  if (page >= pages_.size()) pages_.resize(page + 1);
  if (pages_[page] == nullptr) {
    pages_[page] = std::make_unique<Place[]>(kPageRows);
    ++page_count_;
  }
  pages_[page][static_cast<size_t>(n) % kPageRows] = place;
}

ColumnTable::ColumnTable(uint32_t number, std::shared_ptr<ColumnNames> names, RowPlaces& traces, RowPlaces& spans)
    : number_(number), names_(std::move(names)), traces_{traces, {}}, spans_{spans, {}} {}

ColumnTable::~ColumnTable() {
  for (Side* side : {&traces_, &spans_}) {
    for (const Part& part : side->parts) {
      for (size_t row = 0; row < part.rows->size(); ++row) {
        if (RowPlaces::Place* place = side->places.find(part.rows->n[row]); place != nullptr && place->table == number_) place->table = 0;
      }
    }
  }
}

void ColumnTable::append(std::unique_ptr<Chunk> rows) {
  if (rows->size() == 0) return;
  base::check(rows->n.is_sealed(), "rows that readers see do not change");
  Side& its_side = side(rows->kind);
  Part& part = its_side.parts.emplace_back();
  part.rows = std::move(rows);
  part.serial = next_serial_++;
  settle(its_side, part);
}

// Writes down where its living rows are.
void ColumnTable::settle(Side& side, const Part& part) {
  for (size_t row = 0; row < part.rows->size(); ++row) {
    if (part.dead != nullptr && (*part.dead)[row] != 0) continue;
    side.places.set(part.rows->n[row], {number_, static_cast<uint32_t>(row), part.serial});
  }
}

void ColumnTable::kill(Kind kind, int64_t n, RowPlaces::Place place) {
  Side& its_side = side(kind);
  const auto part = std::lower_bound(its_side.parts.begin(), its_side.parts.end(), place.chunk,
                                     [](const Part& p, uint64_t serial) { return p.serial < serial; });
  if (part->dead == nullptr) {
    part->dead = std::make_shared<std::vector<uint8_t>>(part->rows->size());
  } else if (part->is_dead_shared) {
    part->dead = std::make_shared<std::vector<uint8_t>>(*part->dead);
  }
  part->is_dead_shared = false;
  (*part->dead)[place.row] = 1;
  ++part->dead_count;
  its_side.places.find(n)->table = 0;
}

// Puts the living rows of neighbours into one chunk in their place.
void ColumnTable::join(Side& side, size_t first, size_t last) {
  auto joined = std::make_unique<Chunk>(side.parts[first].rows->kind);
  for (size_t at = first; at < last; ++at) {
    const Part& part = side.parts[at];
    for (size_t row = 0; row < part.rows->size(); ++row) {
      if (part.dead == nullptr || (*part.dead)[row] == 0) joined->append_row(*part.rows, row);
    }
  }
  joined->seal();
  Part part;
  part.serial = side.parts[first].serial;
  part.rows = std::move(joined);
  side.parts.erase(side.parts.begin() + static_cast<std::ptrdiff_t>(first) + 1, side.parts.begin() + static_cast<std::ptrdiff_t>(last));
  if (part.rows->size() == 0) {
    side.parts.erase(side.parts.begin() + static_cast<std::ptrdiff_t>(first));
    return;
  }
  settle(side, part);
  side.parts[first] = std::move(part);
}

// Each row is copied about log2(kChunkRowsMax) times in its life, and then rests.
void ColumnTable::tidy(Side& side) {
  for (size_t at = side.parts.size(); at-- > 0;) {
    if (side.parts[at].dead_count * 2 > side.parts[at].rows->size()) join(side, at, at + 1);
  }
  while (side.parts.size() >= 2) {
    const size_t last = side.parts.size() - 1;
    const size_t own = side.parts[last].live_count();
    const size_t before = side.parts[last - 1].live_count();
    if (before > 2 * own || before + own > kChunkRowsMax) break;
    join(side, last - 1, last + 1);
  }
}

std::vector<LiveChunk> ColumnTable::publish(Side& side) {
  std::vector<LiveChunk> chunks;
  chunks.reserve(side.parts.size());
  for (Part& part : side.parts) {
    part.is_dead_shared = true;
    chunks.push_back({part.rows, part.dead, part.dead_count});
  }
  return chunks;
}

std::shared_ptr<const ColumnState> ColumnTable::state() {
  tidy(traces_);
  tidy(spans_);
  return std::make_shared<const ColumnState>(names_, publish(traces_), publish(spans_), resting_);
}

int64_t ColumnTable::rows() const {
  size_t rows = 0;
  for (const Side* side : {&traces_, &spans_}) {
    for (const Part& part : side->parts) rows += part.live_count();
  }
  return static_cast<int64_t>(rows);
}

size_t ColumnTable::bytes() const {
  size_t bytes = names_->bytes();
  for (const Side* side : {&traces_, &spans_}) {
    for (const Part& part : side->parts) bytes += part.rows->bytes() + (part.dead == nullptr ? 0 : part.dead->size());
  }
  return bytes;
}

}  // namespace opik::store::sqlite

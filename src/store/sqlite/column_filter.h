#pragma once
// A selection put to columns: which rows of a chunk it takes. What columns cannot answer is left over, for SQL to ask of the rows that
// the columns let pass.
//
//   ColumnFilter filter(state, which);
//   std::vector<uint8_t> keep;
//   for (const LiveChunk& chunk : state.chunks(which.kind)) { filter.test(chunk, keep); ... }
//   if (!filter.rest().empty() || !which.search.empty()) ...
//
// A condition means here what filter_sql.h makes of it. One thread; the state must outlive it.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/record.h"
#include "query/selection.h"
#include "store/sqlite/column_table.h"

namespace opik::store::sqlite {

class ColumnFilter {
 public:
  ColumnFilter(const ColumnState& state, const query::Selection& which, const std::optional<base::Uuid>& before = std::nullopt);
  ~ColumnFilter();
  ColumnFilter(const ColumnFilter&) = delete;

  // Whether columns can tell of every row if it holds.
  static bool answers(model::Kind kind, const query::Condition& condition);

  const query::Filter& rest() const { return rest_; }
  // keep[row]: whether the row lives and all conditions that columns can answer hold.
  void test(const LiveChunk& chunk, std::vector<uint8_t>& keep) const;

 private:
  using Test = std::function<void(const Chunk&, std::vector<uint8_t>&)>;
  class Lowering;

  std::vector<Test> tests_;
  query::Filter rest_;
};

// The mean of what authors said under each name: visit(name, mean).
template <class Visit>
void each_mean_score(const ScoreValue* begin, const ScoreValue* end, Visit&& visit) {
  std::vector<int64_t> values;
  for (const ScoreValue* score = begin; score != end; ++score) {
    const bool is_first = std::find_if(begin, score, [&](const ScoreValue& s) { return s.name == score->name; }) == score;
    if (!is_first) continue;
    values.clear();
    for (const ScoreValue* other = score; other != end; ++other) {
      if (other->name == score->name) values.push_back(other->nano);
    }
    visit(score->name, model::mean_nano(values));
  }
}

// The scores of all spans of each trace, by the trace's number. Empty if no span has any.
std::vector<std::vector<ScoreValue>> span_scores_by_trace(const ColumnState& state);

}  // namespace opik::store::sqlite

#pragma once
// The rows of a selection, found by columns: how many there are, and which stand on a page. What columns cannot answer is asked of the
// database, row by row, of those that the columns let pass.

#include <cstdint>
#include <functional>
#include <vector>

#include "query/selection.h"
#include "store/sqlite/column_filter.h"
#include "store/sqlite/payload_query.h"

namespace opik::store::sqlite {

// Whether columns would help: not for what an index finds at once.
bool is_for_columns(const query::Selection& which);
// Whether they can answer it without the database.
bool is_for_columns_alone(const query::Selection& which);

// Calls visit(rows, row) for every row of the selection. `source`: the database in the state that the columns are of; nothing
// if is_for_columns_alone().
void each_found(const ColumnState& state, const query::Selection& which, const PayloadSource* source,
                const std::function<void(const Chunk&, size_t)>& visit);

struct FoundPage {
  std::vector<int64_t> numbers;
  int64_t total = 0;
};
// The window must not sort by keys.
FoundPage find_page(const ColumnState& state, const query::Selection& which, const query::Window& window, const PayloadSource& source);

}  // namespace opik::store::sqlite

#pragma once
// The rows of a selection as columns, whether the project's columns are in memory or not: if they are not, rows are read from the database
// a piece at a time and made into columns for a moment. So what is computed of columns is written once.

#include <functional>
#include <memory>

#include "query/selection.h"
#include "store/sqlite/column_select.h"

namespace opik::store::sqlite {

// Calls visit(state, rows, row) for each row of the selection. state.span_totals() are right for the traces that are visited.
// `state` may be nothing. `source` is the database in that state.
void each_piece_row(const ColumnState* state, const query::Selection& which, const PayloadSource& source,
                    const std::function<void(const ColumnState&, const Chunk&, size_t)>& visit);

}  // namespace opik::store::sqlite

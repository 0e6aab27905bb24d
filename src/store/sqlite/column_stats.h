#pragma once
// Statistics over a selection, from columns: the same as collect_stats() (stats.h) says.

#include "model/record.h"
#include "store/sqlite/column_select.h"

namespace opik::store::sqlite {

// `source` as each_found().
model::Stats stats_of_columns(const ColumnState& state, const query::Selection& which, const PayloadSource* source);

}  // namespace opik::store::sqlite

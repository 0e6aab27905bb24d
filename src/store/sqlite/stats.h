#pragma once
// Statistics over a selection, exact: every row is looked at.

#include "model/record.h"
#include "query/selection.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/payload.h"

namespace opik::store::sqlite {

model::Stats collect_stats(Connection& db, const PayloadCodec& codec, const query::Selection& which);

}  // namespace opik::store::sqlite

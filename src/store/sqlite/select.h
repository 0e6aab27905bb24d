#pragma once
// A Selection as SQL with bound parameters, and as the numbers of the rows it selects.

#include <functional>
#include <string>
#include <vector>

#include "query/selection.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/payload.h"
#include "store/sqlite/row.h"

namespace opik::store::sqlite {

// Calls visit(n) for every row of the selection in the order of the window (its offset and limit are not applied), until
// visit returns false. The search text is applied.
void each_number(Connection& db, const PayloadCodec& codec, const query::Selection& which, const query::Window& window,
                 const std::function<bool(int64_t)>& visit);

// A row by number; with its payload if asked. Throws SqlError(SQLITE_CORRUPT) if it is not there, or its payload is not the one that
// the row describes.
Row load_row(Connection& db, const PayloadCodec& codec, model::Kind kind, int64_t n, bool with_payload);

// Many rows by one statement: calls visit(position in `numbers`, row) for each, in the
// order that suits the disk. Throws as load_row().
void each_row(Connection& db, const PayloadCodec& codec, model::Kind kind, const std::vector<int64_t>& numbers, bool with_payload,
              const std::function<void(size_t, Row)>& visit);

}  // namespace opik::store::sqlite

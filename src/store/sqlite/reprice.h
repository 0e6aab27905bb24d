#pragma once
// What stored spans cost, computed anew of what their rows say: after the price table changed and the user asked for it, and once
// for spans that an older version wrote (then also what their metadata say is read).

#include <cstdint>

#include "cost/prices.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/payload.h"

namespace opik::store::sqlite {

// Whether spans are there whose cost was never computed.
bool are_costs_due(Connection& db);
// Inside a transaction. Returns how many spans cost something else than before. Throws SqlError.
int64_t reprice_spans(Connection& db, const PayloadCodec& codec, const cost::PriceTable& prices);

}  // namespace opik::store::sqlite

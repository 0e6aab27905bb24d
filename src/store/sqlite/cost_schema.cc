#include "store/sqlite/schema_parts.h"

// Before, spans.total_estimated_cost was what the client gave. Now it is what a span costs (cost/span_cost.h), which every list,
// filter and sum reads; what the client gave, and the law merges, is kept beside it. What is there is priced once the price table is
// known (reprice.h), which `costs_due` remembers.

namespace opik::store::sqlite {

void add_cost_columns(Connection& db) {
  db.run(R"sql(
ALTER TABLE spans ADD COLUMN given_cost REAL;     -- US dollars, as the client gave it
ALTER TABLE spans ADD COLUMN metadata_cost REAL;  -- as its metadata say
UPDATE spans SET given_cost = total_estimated_cost WHERE total_estimated_cost IS NOT NULL;
ALTER TABLE meta ADD COLUMN costs_due INTEGER NOT NULL DEFAULT 0;  -- 1: total_estimated_cost of all spans is to be computed anew
UPDATE meta SET costs_due = 1 WHERE EXISTS (SELECT 1 FROM spans);
)sql");
}

}  // namespace opik::store::sqlite

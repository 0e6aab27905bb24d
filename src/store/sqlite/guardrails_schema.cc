#include "store/sqlite/schema_parts.h"

namespace opik::store::sqlite {

void add_guardrail_tables(Connection& db) {
  db.run(R"sql(
CREATE TABLE guardrail_checks (         -- verdicts of guardrails on traces
  workspace_n INTEGER NOT NULL,
  trace_id BLOB NOT NULL,               -- need not exist
  span_id BLOB NOT NULL,                -- the guardrail's own span
  hash INTEGER NOT NULL,                -- of the next four: the same check, sent again, is one
  name TEXT NOT NULL,                   -- TOPIC, PII
  verdict TEXT NOT NULL,                -- passed, failed
  config TEXT NOT NULL,                 -- JSON
  details TEXT NOT NULL,                -- JSON
  created_at_us INTEGER NOT NULL,
  PRIMARY KEY (workspace_n, trace_id, span_id, hash)
) WITHOUT ROWID;
)sql");
}

}  // namespace opik::store::sqlite

#include "base/check.h"
#include "base/clock.h"
#include "model/feedback_definition.h"
#include "store/sqlite/schema_parts.h"

namespace opik::store::sqlite {

void add_feedback_definition_tables(Connection& db) {
  db.run(R"sql(
CREATE TABLE feedback_definitions (     -- scales that the web UI offers for scores
  workspace_n INTEGER NOT NULL,
  id BLOB NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,               -- lower case
  description TEXT,
  type TEXT NOT NULL,                   -- numerical, categorical, boolean
  details TEXT NOT NULL,                -- JSON object
  created_at_us INTEGER NOT NULL,
  last_updated_at_us INTEGER NOT NULL,
  PRIMARY KEY (workspace_n, id),
  UNIQUE (workspace_n, name_key)
) WITHOUT ROWID;
)sql");
  const std::optional<base::Uuid> id = base::Uuid::parse(model::kUserFeedbackId);
  base::check(id.has_value(), "the first feedback definition's id is a UUID");
  Statement seed(db.handle(),
                 "INSERT INTO feedback_definitions (workspace_n, id, name, name_key, type, details, created_at_us, last_updated_at_us) "
                 "VALUES (1, ?1, ?2, lower(?2), 'categorical', ?3, ?4, ?4)");
  seed.bind(1, *id).bind_text(2, model::kUserFeedback).bind_text(3, model::kUserFeedbackDetails).bind(4, base::now_us()).run();
}

}  // namespace opik::store::sqlite

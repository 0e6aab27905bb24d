#include "store/sqlite/schema_parts.h"

namespace opik::store::sqlite {

void add_comment_tables(Connection& db) {
  db.run(R"sql(
CREATE TABLE comments (                 -- what people wrote about traces, spans and threads
  workspace_n INTEGER NOT NULL,
  subject TEXT NOT NULL,                -- trace, span, thread
  subject_id BLOB NOT NULL,             -- of a thread: its thread_model_id
  id BLOB NOT NULL,
  text TEXT NOT NULL,
  created_at_us INTEGER NOT NULL,
  last_updated_at_us INTEGER NOT NULL,
  PRIMARY KEY (workspace_n, subject, subject_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX comments_by_id ON comments (workspace_n, id);
)sql");
}

}  // namespace opik::store::sqlite

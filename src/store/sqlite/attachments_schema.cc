// The table of attachments.

#include "store/sqlite/schema_parts.h"

namespace opik::store::sqlite {

void add_attachment_tables(Connection& db) {
  db.run(R"sql(
CREATE TABLE attachments (              -- the files of traces and spans; their bytes are in attachments/ beside this file
  workspace_n INTEGER NOT NULL,
  entity TEXT NOT NULL,                 -- trace, span
  entity_id BLOB NOT NULL,              -- need not exist
  file_name TEXT NOT NULL,
  project_n INTEGER NOT NULL,           -- as the upload said; the entity may stand in another
  mime_type TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  content BLOB NOT NULL,                -- SHA-256 of the file: attachments/<first two hex digits>/<the others>
  place INTEGER NOT NULL,               -- 0: uploaded; taken out of input, output or metadata, where [file_name] stands for it: 1: of a
                                        -- value that is seen, 2: of one that is kept and not seen
  created_at_us INTEGER NOT NULL,
  PRIMARY KEY (workspace_n, entity, entity_id, file_name)
) WITHOUT ROWID;
CREATE INDEX attachments_by_content ON attachments (content);
)sql");
}

}  // namespace opik::store::sqlite

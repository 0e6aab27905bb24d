#include "store/sqlite/schema_parts.h"

namespace opik::store::sqlite {

void add_workspace_configuration_tables(Connection& db) {
  db.run(R"sql(
CREATE TABLE workspace_configurations ( -- what workspaces have set; NULL: not this
  workspace_n INTEGER PRIMARY KEY,
  thread_timeout_s INTEGER,
  truncation_on_tables INTEGER,         -- 1, 0
  color_map TEXT                        -- JSON object
);
)sql");
}

}  // namespace opik::store::sqlite

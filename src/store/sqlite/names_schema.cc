#include "store/sqlite/schema_parts.h"

namespace opik::store::sqlite {

void add_name_indexes(Connection& db) {
  db.run("CREATE INDEX feedback_scores_by_name ON feedback_scores (workspace_n, entity, project_n, name)");
}

}  // namespace opik::store::sqlite

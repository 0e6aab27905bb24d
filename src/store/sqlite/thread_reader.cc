#include "store/sqlite/thread_reader.h"

namespace opik::store::sqlite {
namespace {

using base::Result;

std::optional<ThreadRef> first_ref(Statement& find) {
  ResetGuard guard(find);
  if (!find.step()) return std::nullopt;
  return ThreadRef{find.uuid(0), find.integer(1), std::string(find.text(2))};
}

}  // namespace

Result<std::optional<ThreadRef>> SqliteThreadReader::find(int64_t workspace, const base::Uuid& id) const {
  return read_guarded(pool_, [&](Connection& db) -> Result<std::optional<ThreadRef>> {
    return first_ref(db.prepared("SELECT id, project_n, thread_id FROM threads WHERE id = ?1 AND workspace_n = ?2 AND trace_count > 0")
                         .bind(1, id)
                         .bind(2, workspace));
  });
}

Result<std::optional<ThreadRef>> SqliteThreadReader::find(int64_t workspace, int64_t project, std::string_view thread_id) const {
  return read_guarded(pool_, [&](Connection& db) -> Result<std::optional<ThreadRef>> {
    return first_ref(db.prepared("SELECT id, project_n, thread_id FROM threads "
                                 "WHERE project_n = ?1 AND thread_id = ?2 AND workspace_n = ?3 AND trace_count > 0")
                         .bind(1, project)
                         .bind_text(2, thread_id)
                         .bind(3, workspace));
  });
}

}  // namespace opik::store::sqlite

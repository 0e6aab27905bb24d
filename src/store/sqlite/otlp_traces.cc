#include "store/sqlite/otlp_traces.h"

#include "store/sqlite/projects.h"
#include "store/sqlite/schema_parts.h"

namespace opik::store::sqlite {
namespace {

std::optional<base::Uuid> stored_id(Connection& db, int64_t project, std::string_view otlp_id) {
  Statement& find = db.prepared("SELECT id FROM otlp_traces WHERE project_n = ?1 AND otlp_id = ?2");
  ResetGuard guard(find);
  if (!find.bind(1, project).bind_blob(2, otlp_id).step()) return std::nullopt;
  return find.uuid(0);
}

}  // namespace

base::Result<std::vector<std::optional<base::Uuid>>> OtlpTraceRows::find(int64_t workspace, std::string_view project_name,
                                                                         const std::vector<std::string>& otlp_ids) const {
  return read_guarded(pool_, [&](Connection& db) -> base::Result<std::vector<std::optional<base::Uuid>>> {
    std::vector<std::optional<base::Uuid>> ids(otlp_ids.size());
    const std::optional<model::Project> project = find_project(db, workspace, project_name);
    if (!project) return ids;
    for (size_t i = 0; i < ids.size(); ++i) ids[i] = stored_id(db, project->number, otlp_ids[i]);
    return ids;
  });
}

base::Result<std::vector<base::Uuid>> OtlpTraceEdits::keep(int64_t project_number, const std::vector<OtlpTraceId>& proposed) {
  return guarded("storing the ids of OTLP traces", [&]() -> base::Result<std::vector<base::Uuid>> {
    std::vector<base::Uuid> ids;
    ids.reserve(proposed.size());
    for (const OtlpTraceId& trace : proposed) {
      std::optional<base::Uuid> stored = stored_id(db_, project_number, trace.otlp_id);
      if (!stored) {
        db_.prepared("INSERT INTO otlp_traces (project_n, otlp_id, id) VALUES (?1, ?2, ?3)")
            .bind(1, project_number)
            .bind_blob(2, trace.otlp_id)
            .bind(3, trace.id)
            .run();
        stored = trace.id;
      }
      ids.push_back(*stored);
    }
    return ids;
  });
}

void add_otlp_trace_tables(Connection& db) {
  db.run(R"sql(
CREATE TABLE otlp_traces (              -- which of our traces an OTLP trace is: said once, by its first batch
  project_n INTEGER NOT NULL,
  otlp_id BLOB NOT NULL,                -- 16 bytes
  id BLOB NOT NULL,                     -- of traces; the row may come later, or be deleted
  PRIMARY KEY (project_n, otlp_id)
) WITHOUT ROWID;
)sql");
}

}  // namespace opik::store::sqlite

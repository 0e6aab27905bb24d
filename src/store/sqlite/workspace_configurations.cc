#include "store/sqlite/workspace_configurations.h"

namespace opik::store::sqlite {

using base::Code;
using base::Error;
using base::Result;
using model::WorkspaceConfiguration;

Result<std::optional<WorkspaceConfiguration>> WorkspaceConfigurationRows::find(int64_t workspace) const {
  return read_guarded(pool_, [&](Connection& db) -> Result<std::optional<WorkspaceConfiguration>> {
    Statement& find =
        db.prepared("SELECT thread_timeout_s, truncation_on_tables, color_map FROM workspace_configurations WHERE workspace_n = ?1");
    ResetGuard guard(find);
    if (!find.bind(1, workspace).step()) return std::optional<WorkspaceConfiguration>{};
    WorkspaceConfiguration configuration;
    if (!find.is_null(0)) configuration.thread_timeout_s = find.integer(0);
    if (!find.is_null(1)) configuration.truncation_on_tables = find.integer(1) != 0;
    if (!find.is_null(2)) configuration.color_map = std::string(find.text(2));
    return std::optional(std::move(configuration));
  });
}

Result<void> WorkspaceConfigurationEdits::put(int64_t workspace, const WorkspaceConfiguration& configuration) {
  return guarded("storing what a workspace sets", [&]() -> Result<void> {
    Statement& put = db_.prepared(
        "INSERT OR REPLACE INTO workspace_configurations (workspace_n, thread_timeout_s, truncation_on_tables, color_map) "
        "VALUES (?1, ?2, ?3, ?4)");
    put.bind(1, workspace).bind_optional(4, configuration.color_map);
    configuration.thread_timeout_s ? put.bind(2, *configuration.thread_timeout_s) : put.bind_null(2);
    configuration.truncation_on_tables ? put.bind(3, int64_t{*configuration.truncation_on_tables}) : put.bind_null(3);
    put.run();
    return {};
  });
}

Result<void> WorkspaceConfigurationEdits::remove(int64_t workspace) {
  return guarded("deleting what a workspace sets", [&]() -> Result<void> {
    db_.prepared("DELETE FROM workspace_configurations WHERE workspace_n = ?1").bind(1, workspace).run();
    if (sqlite3_changes64(db_.handle()) == 0) return Error{Code::not_found, "Workspace configuration not found"};
    return {};
  });
}

}  // namespace opik::store::sqlite

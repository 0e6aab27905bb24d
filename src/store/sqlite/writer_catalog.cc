// The catalog's half of the writer: projects.

#include "base/clock.h"
#include "store/sqlite/projects.h"
#include "store/sqlite/writer.h"

namespace opik::store::sqlite {
namespace {

std::string cache_key(int64_t workspace, std::string_view key) {
  std::string text = std::to_string(workspace);
  text += '/';
  text += key;
  return text;
}

}  // namespace

void Writer::forget_projects() {
  project_numbers_.clear();
  last_project_ = {};
}

int64_t Writer::project_number(int64_t workspace, std::string_view name) {
  if (last_project_.workspace == workspace && last_project_.name == name) return last_project_.number;
  const std::string cached = cache_key(workspace, name_key(name));
  if (const auto found = project_numbers_.find(cached); found != project_numbers_.end()) {
    last_project_ = {workspace, std::string(name), found->second};
    return found->second;
  }
  std::optional<model::Project> project = find_project(db_, workspace, name);
  if (!project) {
    model::Project named;
    named.name = name;
    base::Result<model::Project> created = create_project(workspace, std::move(named));
    if (!created) throw SqlError(SQLITE_ERROR, created.error().message);
    project = *std::move(created);
  }
  project_numbers_.emplace(cached, project->number);
  return project->number;
}

std::optional<int64_t> Writer::project_by_id(int64_t workspace, const base::Uuid& id) {
  const std::optional<model::Project> project = find_project(db_, workspace, id);
  return project ? std::optional(project->number) : std::nullopt;
}

base::Result<int64_t> Writer::project_named(int64_t workspace, std::string_view name) {
  return guarded("looking up a project", [&]() -> base::Result<int64_t> { return project_number(workspace, name); });
}

base::Result<model::Project> Writer::create_project(int64_t workspace, model::Project project) {
  return guarded("creating a project", [&]() -> base::Result<model::Project> {
    if (find_project(db_, workspace, project.name)) return base::Error{base::Code::conflict, "Project already exists"};
    if (project.id == base::Uuid{}) project.id = base::Uuid::v7();
    project.created_at_us = project.last_updated_at_us = base::now_us();
    const std::string key = name_key(project.name);
    Statement& insert = db_.prepared(
        "INSERT INTO projects (workspace_n, id, name, name_key, description, visibility, created_at_us, last_updated_at_us) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)");
    insert.bind(1, workspace).bind(2, project.id).bind_text(3, project.name).bind_text(4, key).bind_text(6, project.visibility);
    insert.bind(7, project.created_at_us);
    if (project.description) {
      insert.bind_text(5, *project.description);
    } else {
      insert.bind_null(5);
    }
    insert.run();
    project.number = sqlite3_last_insert_rowid(db_.handle());
    return std::move(project);
  });
}

base::Result<void> Writer::update_project(int64_t workspace, const base::Uuid& id, const ProjectPatch& patch) {
  return guarded("updating a project", [&]() -> base::Result<void> {
    std::optional<model::Project> project = find_project(db_, workspace, id);
    if (!project) return base::Error{base::Code::not_found, "Project id: " + id.text() + " not found"};
    if (patch.name) {
      const std::optional<model::Project> same_name = find_project(db_, workspace, *patch.name);
      if (same_name && same_name->number != project->number) return base::Error{base::Code::conflict, "Project already exists"};
      project->name = *patch.name;
    }
    if (patch.description) project->description = patch.description;
    if (patch.visibility) project->visibility = *patch.visibility;
    const std::string key = name_key(project->name);
    Statement& update = db_.prepared(
        "UPDATE projects SET name = ?2, name_key = ?3, description = ?4, visibility = ?5, last_updated_at_us = ?6 WHERE n = ?1");
    update.bind(1, project->number).bind_text(2, project->name).bind_text(3, key).bind_text(5, project->visibility).bind(6, base::now_us());
    if (project->description) {
      update.bind_text(4, *project->description);
    } else {
      update.bind_null(4);
    }
    update.run();
    forget_projects();
    return {};
  });
}

base::Result<void> Writer::delete_projects(int64_t workspace, const std::vector<base::Uuid>& ids) {
  return guarded("deleting projects", [&]() -> base::Result<void> {
    for (const base::Uuid& id : ids) {
      db_.prepared("UPDATE projects SET name_key = NULL WHERE id = ?1 AND workspace_n = ?2").bind(1, id).bind(2, workspace).run();
    }
    forget_projects();
    return {};
  });
}

}  // namespace opik::store::sqlite

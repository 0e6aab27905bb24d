#include "store/sqlite/projects.h"

#include <fmt/format.h>

#include <array>

namespace opik::store::sqlite {
namespace {

#define OPIK_PROJECT_COLUMNS "n, id, name, description, visibility, created_at_us, last_updated_at_us, last_updated_trace_at_us"

model::Project read_project(const Statement& row) {
  model::Project project;
  project.number = row.integer(0);
  project.id = row.uuid(1);
  project.name = row.text(2);
  if (!row.is_null(3)) project.description = std::string(row.text(3));
  project.visibility = row.text(4);
  project.created_at_us = row.integer(5);
  project.last_updated_at_us = row.integer(6);
  if (!row.is_null(7)) project.last_updated_trace_at_us = row.integer(7);
  return project;
}

std::optional<model::Project> first_project(Statement& statement) {
  ResetGuard guard(statement);
  if (!statement.step()) return std::nullopt;
  return read_project(statement);
}

// One fixed text per order: no text of a request ever becomes SQL.
std::string page_sql(const char* column, bool descending) {
  const char* direction = descending ? "DESC" : "ASC";
  return fmt::format("SELECT " OPIK_PROJECT_COLUMNS
                     " FROM projects WHERE workspace_n = ?1 AND name_key IS NOT NULL AND instr(name_key, ?2) > 0 "
                     "ORDER BY {} {}, id {} LIMIT ?3 OFFSET ?4",
                     column, direction, direction);
}

}  // namespace

std::string name_key(std::string_view name) {
  std::string key(name);
  for (char& c : key) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return key;
}

std::optional<model::Project> find_project(Connection& db, int64_t workspace, const base::Uuid& id) {
  return first_project(
      db.prepared("SELECT " OPIK_PROJECT_COLUMNS " FROM projects WHERE id = ?2 AND workspace_n = ?1 AND name_key IS NOT NULL")
          .bind(1, workspace)
          .bind(2, id));
}

std::optional<model::Project> find_project(Connection& db, int64_t workspace, std::string_view name) {
  const std::string key = name_key(name);
  return first_project(db.prepared("SELECT " OPIK_PROJECT_COLUMNS " FROM projects WHERE workspace_n = ?1 AND name_key = ?2")
                           .bind(1, workspace)
                           .bind_text(2, key));
}

std::optional<model::Project> find_project_by_number(Connection& db, int64_t number) {
  return first_project(db.prepared("SELECT " OPIK_PROJECT_COLUMNS " FROM projects WHERE n = ?1").bind(1, number));
}

ProjectPage list_projects(Connection& db, int64_t workspace, const ProjectListing& listing) {
  static const std::array<std::array<std::string, 2>, 5> kSql = [] {
    std::array<std::array<std::string, 2>, 5> sql;
    const std::array columns{"id", "name_key", "created_at_us", "last_updated_at_us", "last_updated_trace_at_us"};
    for (size_t i = 0; i < columns.size(); ++i) {
      for (bool descending : {false, true}) sql[i][descending] = page_sql(columns[i], descending);
    }
    return sql;
  }();
  const std::string key = name_key(listing.name_contains);
  ProjectPage page;
  Statement& count =
      db.prepared("SELECT count(*) FROM projects WHERE workspace_n = ?1 AND name_key IS NOT NULL AND instr(name_key, ?2) > 0")
          .bind(1, workspace)
          .bind_text(2, key);
  if (count.step()) page.total = count.integer(0);
  count.reset();
  Statement& rows = db.prepared(kSql[static_cast<size_t>(listing.sort)][listing.descending]);
  ResetGuard guard(rows);
  rows.bind(1, workspace).bind_text(2, key).bind(3, listing.limit).bind(4, listing.offset);
  while (rows.step()) page.projects.push_back(read_project(rows));
  return page;
}

}  // namespace opik::store::sqlite

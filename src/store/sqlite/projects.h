#pragma once
// Projects in SQLite: reading them (any connection), and the texts that writer and reader share.

#include <string>
#include <string_view>
#include <vector>

#include "store/catalog.h"
#include "store/sqlite/connection.h"

namespace opik::store::sqlite {

// What makes two names one: equal after ASCII letters are lower-cased.
std::string name_key(std::string_view name);

std::optional<model::Project> find_project(Connection& db, int64_t workspace, const base::Uuid& id);
std::optional<model::Project> find_project(Connection& db, int64_t workspace, std::string_view name);
// Also a deleted one: rows that stayed behind still name it.
std::optional<model::Project> find_project_by_number(Connection& db, int64_t number);
ProjectPage list_projects(Connection& db, int64_t workspace, const ProjectListing& listing);

}  // namespace opik::store::sqlite

#pragma once
// Where the small relational things live: projects now; prompts, datasets, rules and keys later. Same two halves and thread
// rule as trace_store.h; a CatalogWriter works within the TraceWriter's begin() and commit().

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/record.h"

namespace opik::store {

struct ProjectPatch {
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::string> visibility;
};

struct ProjectListing {
  enum class Sort : uint8_t { id, name, created_at, last_updated_at, last_updated_trace_at };
  std::string name_contains;  // ignoring case; empty: all
  Sort sort = Sort::id;       // newest first by default: ids are UUIDv7
  bool descending = true;
  int64_t offset = 0;
  int64_t limit = 10;
};

struct ProjectPage {
  std::vector<model::Project> projects;
  int64_t total = 0;
};

class CatalogReader {
 public:
  virtual ~CatalogReader() = default;
  virtual base::Result<std::optional<model::Project>> project_by_id(int64_t workspace, const base::Uuid& id) const = 0;
  // Names are equal if they differ only in case.
  virtual base::Result<std::optional<model::Project>> project_by_name(int64_t workspace, std::string_view name) const = 0;
  virtual base::Result<ProjectPage> projects(int64_t workspace, const ProjectListing& listing) const = 0;
};

class CatalogWriter {
 public:
  virtual ~CatalogWriter() = default;
  // Code::conflict if the name is taken.
  virtual base::Result<model::Project> create_project(int64_t workspace, model::Project project) = 0;
  // The project's number; made if there is none of that name.
  virtual base::Result<int64_t> project_named(int64_t workspace, std::string_view name) = 0;
  // Code::not_found, Code::conflict.
  virtual base::Result<void> update_project(int64_t workspace, const base::Uuid& id, const ProjectPatch& patch) = 0;
  // Its traces stay, without a project that can be named. Unknown ids are no error.
  virtual base::Result<void> delete_projects(int64_t workspace, const std::vector<base::Uuid>& ids) = 0;
};

}  // namespace opik::store

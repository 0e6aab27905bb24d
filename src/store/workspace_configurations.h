#pragma once
// Where a workspace keeps what it has set. Two halves and threads as in trace_store.h.

#include <optional>

#include "base/result.h"
#include "model/workspace_configuration.h"

namespace opik::store {

class WorkspaceConfigurationReader {
 public:
  virtual ~WorkspaceConfigurationReader() = default;
  // Nothing: it has set nothing.
  virtual base::Result<std::optional<model::WorkspaceConfiguration>> find(int64_t workspace) const = 0;
};

class WorkspaceConfigurationWriter {
 public:
  virtual ~WorkspaceConfigurationWriter() = default;
  // All of it: what is absent is no longer set.
  virtual base::Result<void> put(int64_t workspace, const model::WorkspaceConfiguration& configuration) = 0;
  // Code::not_found if there is none.
  virtual base::Result<void> remove(int64_t workspace) = 0;
};

}  // namespace opik::store

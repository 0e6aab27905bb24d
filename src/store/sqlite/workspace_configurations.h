#pragma once
// What workspaces have set, in SQLite.

#include "store/sqlite/reader_pool.h"
#include "store/workspace_configurations.h"

namespace opik::store::sqlite {

class WorkspaceConfigurationRows final : public WorkspaceConfigurationReader {
 public:
  explicit WorkspaceConfigurationRows(ReaderPool& pool) : pool_(pool) {}
  base::Result<std::optional<model::WorkspaceConfiguration>> find(int64_t workspace) const override;

 private:
  ReaderPool& pool_;
};

class WorkspaceConfigurationEdits final : public WorkspaceConfigurationWriter {
 public:
  explicit WorkspaceConfigurationEdits(Connection& db) : db_(db) {}
  base::Result<void> put(int64_t workspace, const model::WorkspaceConfiguration& configuration) override;
  base::Result<void> remove(int64_t workspace) override;

 private:
  Connection& db_;
};

}  // namespace opik::store::sqlite

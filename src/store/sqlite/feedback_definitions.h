#pragma once
// Feedback definitions in SQLite.

#include "store/feedback_definitions.h"
#include "store/sqlite/reader_pool.h"

namespace opik::store::sqlite {

class FeedbackDefinitionRows final : public FeedbackDefinitionReader {
 public:
  explicit FeedbackDefinitionRows(ReaderPool& pool) : pool_(pool) {}
  base::Result<std::optional<model::FeedbackDefinition>> find(int64_t workspace, const base::Uuid& id) const override;
  base::Result<FeedbackDefinitionPage> list(int64_t workspace, const FeedbackDefinitionListing& listing) const override;

 private:
  ReaderPool& pool_;
};

class FeedbackDefinitionEdits final : public FeedbackDefinitionWriter {
 public:
  explicit FeedbackDefinitionEdits(Connection& db) : db_(db) {}
  base::Result<void> create(int64_t workspace, const model::FeedbackDefinition& definition) override;
  base::Result<void> update(int64_t workspace, const model::FeedbackDefinition& definition) override;
  base::Result<void> remove(int64_t workspace, const std::vector<base::Uuid>& ids) override;

 private:
  bool is_taken(int64_t workspace, std::string_view key, const base::Uuid& by_other_than);

  Connection& db_;
};

}  // namespace opik::store::sqlite

#pragma once
// What is done to threads by request, within the writer's transaction.

#include "store/sqlite/writer.h"
#include "store/threads.h"

namespace opik::store::sqlite {

class SqliteThreadWriter final : public ThreadWriter {
 public:
  explicit SqliteThreadWriter(Writer& writer) : writer_(writer), db_(writer.connection()), rows_(writer.threads()) {}

  base::Result<void> set_active(const ThreadNames& which, bool is_active, int64_t arrival_us) override;
  base::Result<void> edit_tags(int64_t workspace, const std::vector<base::Uuid>& ids, const std::optional<std::string>& tags,
                               const model::TagEdit& edit, int64_t arrival_us) override;
  base::Result<void> put_scores(int64_t workspace, const std::vector<ThreadScore>& scores) override;
  base::Result<void> delete_scores(const ThreadNames& which, const std::vector<std::string>& names, const std::string& author) override;
  base::Result<void> delete_threads(const ThreadNames& which, int64_t arrival_us) override;

 private:
  base::Uuid id_of(int64_t n);
  std::vector<base::Uuid> traces_of(int64_t project, std::string_view thread_id);

  Writer& writer_;
  Connection& db_;
  ThreadRows& rows_;
};

}  // namespace opik::store::sqlite

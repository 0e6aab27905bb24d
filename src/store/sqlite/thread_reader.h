#pragma once
// Threads read: any thread, each call on a connection of the pool.

#include "store/sqlite/reader_pool.h"
#include "store/threads.h"

namespace opik::store::sqlite {

class SqliteThreadReader final : public ThreadReader {
 public:
  explicit SqliteThreadReader(ReaderPool& pool) : pool_(pool) {}

  base::Result<std::optional<ThreadRef>> find(int64_t workspace, const base::Uuid& id) const override;
  base::Result<std::optional<ThreadRef>> find(int64_t workspace, int64_t project, std::string_view thread_id) const override;

 private:
  ReaderPool& pool_;
};

}  // namespace opik::store::sqlite

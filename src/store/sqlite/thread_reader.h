#pragma once
// Threads read: any thread, each call on a connection of the pool.

#include "store/sqlite/payload.h"
#include "store/sqlite/reader_pool.h"
#include "store/threads.h"

namespace opik::store::sqlite {

class SqliteThreadReader final : public ThreadReader {
 public:
  SqliteThreadReader(ReaderPool& pool, const PayloadCodec& codec) : pool_(pool), codec_(codec) {}

  base::Result<std::optional<ThreadRef>> find(int64_t workspace, const base::Uuid& id) const override;
  base::Result<std::optional<ThreadRef>> find(int64_t workspace, int64_t project, std::string_view thread_id) const override;
  base::Result<std::optional<model::Thread>> get(int64_t workspace, const base::Uuid& id, int64_t active_since_us) const override;
  base::Result<std::vector<model::Thread>> list(const ThreadSelection& which, const query::Window& window) const override;
  base::Result<ThreadPage> page(const ThreadSelection& which, const query::Window& window) const override;
  base::Result<model::ThreadStats> stats(const ThreadSelection& which) const override;

 private:
  ReaderPool& pool_;
  const PayloadCodec& codec_;
};

}  // namespace opik::store::sqlite

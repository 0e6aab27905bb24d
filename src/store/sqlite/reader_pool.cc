#include "store/sqlite/reader_pool.h"

#include "store/sqlite/functions.h"
#include "store/sqlite/limits.h"

namespace opik::store::sqlite {

ReaderPool::Lease ReaderPool::lease() {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(connection));
    }
  }
  auto connection = std::make_unique<Connection>(file_, Connection::Mode::read);
  register_functions(*connection);
  return Lease(*this, std::move(connection));
}

void ReaderPool::give_back(std::unique_ptr<Connection> connection) {
  std::lock_guard lock(mutex_);
  if (idle_.size() < kReadersMax) idle_.push_back(std::move(connection));
}

void ReaderPool::close_idle() {
  std::vector<std::unique_ptr<Connection>> closing;
  std::lock_guard lock(mutex_);
  closing.swap(idle_);
}

}  // namespace opik::store::sqlite

#pragma once
// Connections for readers, and how a call uses one:
//
//   return read_guarded(pool, [&](Connection& db) -> base::Result<int64_t> { ... });
//
// Thread-safe.

#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "store/sqlite/connection.h"

namespace opik::store::sqlite {

class ReaderPool {
 public:
  explicit ReaderPool(std::filesystem::path file) : file_(std::move(file)) {}

  // A connection for the length of a call.
  class Lease {
   public:
    Lease(ReaderPool& pool, std::unique_ptr<Connection> connection) : pool_(pool), connection_(std::move(connection)) {}
    ~Lease() { pool_.give_back(std::move(connection_)); }
    Lease(const Lease&) = delete;
    Connection& operator*() { return *connection_; }
    Connection* operator->() { return connection_.get(); }

   private:
    ReaderPool& pool_;
    std::unique_ptr<Connection> connection_;
  };
  Lease lease();
  // Closes the connections that nobody uses now, with their caches.
  void close_idle();

 private:
  void give_back(std::unique_ptr<Connection> connection);

  const std::filesystem::path file_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

// Everything that is read while it lives is of one moment.
class Snapshot {
 public:
  explicit Snapshot(Connection& db) : db_(db) { db_.prepared("BEGIN").run(); }
  ~Snapshot() { sqlite3_exec(db_.handle(), "COMMIT", nullptr, nullptr, nullptr); }
  Snapshot(const Snapshot&) = delete;

 private:
  Connection& db_;
};

// Runs `read` on a connection of the pool, within a snapshot; SQLite's failures become its error.
template <class Read>
auto read_guarded(ReaderPool& pool, Read&& read) -> decltype(read(std::declval<Connection&>())) {
  return guarded("reading", [&]() -> decltype(read(std::declval<Connection&>())) {
    ReaderPool::Lease db = pool.lease();
    Snapshot snapshot(*db);
    return read(*db);
  });
}

}  // namespace opik::store::sqlite

#pragma once
// What the connections of a server share, and what they have in common whatever they speak: a socket, a strand, an end.

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "base/byte_budget.h"
#include "http/server.h"
#include "http/wire.h"

namespace opik::http {

class Connection;

struct House {
  House(const Limits& its_limits, base::ByteBudget& its_budget, const Router& its_router)
      : limits(its_limits), budget(its_budget), router(its_router) {}

  const Limits limits;
  base::ByteBudget& budget;
  const Router& router;
  const Router* grpc_methods = nullptr;  // set before the first connection, if there is a second door
  Counters counters;
  std::atomic<bool> stopping{false};

  // The open connections. Each leaves before its coroutine ends.
  std::mutex mutex;
  std::unordered_set<Connection*> open;
  size_t open_count();
  // Any thread.
  void expire_late();
  void wake_all();  // those that wait for a request see that the server stops
  void abort_all();
};

// Shared by its coroutine, on its strand, and by what is on its way to it from other threads (a timeout, a late reply, the end of
// the server).
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(House& house, Socket socket) : house_(house), wire_(std::move(socket)) {}
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  // Runs the connection on its strand until it ends.
  static void start(std::shared_ptr<Connection> connection);

 protected:
  virtual Task<void> converse() = 0;
  virtual void abort() { wire_.close(); }

  House& house_;
  Wire wire_;

 private:
  friend struct House;
  static Task<void> live(std::shared_ptr<Connection> self);
};

}  // namespace opik::http

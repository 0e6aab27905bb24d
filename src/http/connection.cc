#include "http/connection.h"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <exception>

// GCC 12 inlines one half of asio's operator new and delete for coroutines and takes the pair for a mismatch.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace opik::http {

namespace asio = boost::asio;

size_t House::open_count() {
  const std::lock_guard lock(mutex);
  return open.size();
}

void House::expire_late() {
  const int64_t now = steady_ns();
  const std::lock_guard lock(mutex);
  for (Connection* connection : open) {
    if (!connection->wire_.is_late(now)) continue;
    asio::post(connection->wire_.strand(), [self = connection->shared_from_this()] { self->wire_.expire(); });
  }
}

void House::wake_all() {
  const std::lock_guard lock(mutex);
  for (Connection* connection : open) {
    asio::post(connection->wire_.strand(), [self = connection->shared_from_this()] { self->wire_.wake(); });
  }
}

void House::abort_all() {
  const std::lock_guard lock(mutex);
  for (Connection* connection : open) asio::post(connection->wire_.strand(), [self = connection->shared_from_this()] { self->abort(); });
}

void Connection::start(std::shared_ptr<Connection> connection) {
  House& house = connection->house_;
  {
    const std::lock_guard lock(house.mutex);
    house.open.insert(connection.get());
  }
  house.counters.connections_open.fetch_add(1, std::memory_order_relaxed);
  const Strand strand = connection->wire_.strand();
  asio::co_spawn(strand, live(std::move(connection)), asio::detached);
}

Task<void> Connection::live(std::shared_ptr<Connection> self) {
  try {
    co_await self->converse();
  } catch (const std::exception& failure) {
    spdlog::error("http: a connection ended: {}", failure.what());
  }
  self->wire_.close();
  self->house_.counters.connections_open.fetch_sub(1, std::memory_order_relaxed);
  const std::lock_guard lock(self->house_.mutex);
  self->house_.open.erase(self.get());
}

}  // namespace opik::http

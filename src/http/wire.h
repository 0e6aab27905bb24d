#pragma once
// One connection's socket: non-blocking reads and writes that ask the kernel first and wait only when it has nothing.
//
//   ssize_t count = wire.read_now(to, room);           // nothing there now: kNothing
//   wire.set_deadline(limits.body_timeout);
//   Wake wake = co_await wait_readable();
//
// Everything runs on the connection's strand but expire(), which any thread may call. A deadline costs one store; a watch
// walks all connections a few times a second and wakes those that are late.

#include <sys/types.h>
#include <sys/uio.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>

namespace opik::http {

using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;
template <class T>
using Task = boost::asio::awaitable<T, Strand>;
inline constexpr boost::asio::use_awaitable_t<Strand> kAwait{};
using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Strand>;

int64_t steady_ns();

enum class Wake {
  ready,      // or broken: the next read or write tells
  late,       // the deadline has passed
  cancelled,  // somebody wants the connection to look at its state
};

class Wire {
 public:
  explicit Wire(Socket socket) : socket_(std::move(socket)) {}

  static constexpr ssize_t kNothing = -1, kEnd = -2;
  // The number of bytes read (> 0), kNothing if there are none now, or kEnd: the peer has closed or the connection is broken.
  ssize_t read_now(char* to, size_t room);
  Task<Wake> wait_readable();
  // Lets wait_readable() sleep until so many bytes are there (or the peer has ended): a wake costs as much as copying 30 KB.
  void set_low_water(size_t bytes);
  // All of it. False: broken, closed, or no progress for `timeout`.
  Task<bool> write(std::span<iovec> pieces, std::chrono::milliseconds timeout);
  // Lets the other connections of this thread run.
  Task<void> yield();

  void set_deadline(std::chrono::milliseconds from_now);
  void clear_deadline() { deadline_ns_.store(kNever, std::memory_order_relaxed); }
  bool is_late(int64_t now_ns) const { return deadline_ns_.load(std::memory_order_relaxed) <= now_ns; }
  void expire();  // on the strand: wakes the connection with `late`, if it still is
  void wake();    // on the strand: wakes it with `cancelled`
  void end_sending();
  void close();
  bool is_open() const { return socket_.is_open(); }
  const Strand& strand() { return strand_; }

 private:
  static constexpr int64_t kNever = INT64_MAX;
  Task<Wake> wait(Socket::wait_type what);

  Socket socket_;
  Strand strand_ = socket_.get_executor();
  std::atomic<int64_t> deadline_ns_{kNever};
  bool late_ = false;
  int low_water_ = 1;
};

}  // namespace opik::http

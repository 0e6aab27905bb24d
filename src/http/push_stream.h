#pragma once
// A response's body that comes when it comes: the way of server-sent events.
//
//   auto stream = std::make_shared<PushStream>(PushStream::Shape{.bytes_max = 256 << 10, .beat = ": \n\n", .beat_every = 15s});
//   response.push = stream;                          // the connection sends what is pushed until close(), a hang-up or stop()
//   ...
//   if (!stream->push(text)) forget(stream);         // any thread; never waits
//
// Whoever reads slower than is pushed is dropped: when more than bytes_max wait to be sent, the connection is closed.
// Shared by who pushes and by the connection, as either may go first.

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include "http/pending_reply.h"

namespace opik::http {

class PushStream {
 public:
  struct Shape {
    size_t bytes_max = 0;  // waiting to be sent; a single piece may not be longer
    std::string beat;      // sent after `beat_every` without anything else, to keep the ways between open and to notice who has gone
    std::chrono::milliseconds beat_every{0};
  };
  explicit PushStream(Shape shape) : shape_(std::move(shape)) {}
  PushStream(const PushStream&) = delete;

  // ---- who pushes; any thread

  // False: nobody reads (any more). Also when the reader has just been dropped for this piece.
  bool push(std::string_view piece);
  // Nothing more comes; what waits is still sent.
  void close();
  bool is_open() const;
  bool was_dropped() const;  // for being slow

  // ---- the connection

  using Waiter = PendingReply::Waiter;
  enum class State { open, closed, dropped };
  // Moves what waits to the end of `out`.
  State take(std::string& out);
  // `waiter` is woken (on any thread) when there is something to take() again, or the state has changed; until abandon().
  void wake_on_change(Waiter& waiter);
  void abandon();
  const Shape& shape() const { return shape_; }

 private:
  void wake();

  const Shape shape_;
  mutable std::mutex mutex_;
  std::string waiting_;
  State state_ = State::open;
  bool is_read_ = true;  // false: the connection has gone
  bool was_dropped_ = false;
  bool is_woken_ = false;  // since the last take()
  Waiter* waiter_ = nullptr;
};

}  // namespace opik::http

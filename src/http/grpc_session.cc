#include "http/grpc_session.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <optional>
#include <utility>

// GCC 12 inlines one half of asio's operator new and delete for coroutines and takes the pair for a mismatch.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace opik::http {
namespace {

// After the last answer: how long the client may take to end its side too.
constexpr std::chrono::milliseconds kLinger{2'000};
// After so many reads a client that never lets the connection run dry makes way for the others.
constexpr unsigned kReadsAtAStretch = 16;

}  // namespace

// A call that its handler works on. Woken by the handler, it reports to the strand.
struct GrpcSession::InHand final : PendingReply::Waiter {
  InHand(GrpcSession& its_session, int32_t its_stream) : session(its_session), stream(its_stream) {}
  InHand(const InHand&) = delete;
  ~InHand() { pending->abandon(); }
  void wake() override {
    boost::asio::post(session.wire_.strand(), [held = session.shared_from_this(), &its = session, id = stream] {
      its.ready_.push_back(id);
      its.wire_.wake();
    });
  }

  GrpcSession& session;
  const int32_t stream;
  const std::shared_ptr<PendingReply> pending = std::make_shared<PendingReply>();
};

GrpcSession::GrpcSession(House& house, Socket socket)
    : Connection(house, std::move(socket)), calls_({house.limits, house.counters, house.budget, *house.grpc_methods}, steady_ns()) {}

GrpcSession::~GrpcSession() = default;

Task<void> GrpcSession::converse() {
  // While this coroutine holds the session, so that a handler that answers now finds it.
  struct Leave {
    GrpcSession& session;
    ~Leave() { session.in_hand_.clear(); }
  } on_leaving{*this};
  co_await talk();
}

Task<void> GrpcSession::talk() {
  for (unsigned reads = 1;; ++reads) {
    if (house_.stopping.load()) calls_.go_away();
    answer_ready();
    if (!co_await send()) co_return;
    if (calls_.is_done()) co_return co_await linger();
    const Inbox::Room room = inbox_.room();
    const ssize_t count = wire_.read_now(room.at, room.size);
    if (count == Wire::kEnd) co_return;
    if (count == Wire::kNothing) {
      if (!ready_.empty() || (house_.stopping.load() && !calls_.is_going())) continue;  // came while bytes went out
      inbox_.release();
      wire_.clear_deadline();
      if (const auto late_at = calls_.late_at_ns()) {
        wire_.set_deadline(std::chrono::milliseconds(std::max<int64_t>(0, *late_at - steady_ns()) / 1'000'000 + 1));
      }
      if (co_await wire_.wait_readable() == Wake::late) calls_.expire(steady_ns());
      continue;
    }
    calls_.receive({room.at, static_cast<size_t>(count)}, steady_ns());
    while (std::optional<GrpcCall> call = calls_.next()) ask(*std::move(call));
    if (reads % kReadsAtAStretch != 0) continue;
    calls_.expire(steady_ns());
    co_await wire_.yield();
  }
}

void GrpcSession::ask(GrpcCall call) {
  InHand& waiting = in_hand_.try_emplace(call.stream, *this, call.stream).first->second;
  PendingReply::ask(waiting.pending, [&](Reply reply) { (*call.handler)(std::move(call.request), std::move(reply)); });
  if (waiting.pending->arrived_or_wake(waiting)) ready_.push_back(call.stream);
}

void GrpcSession::answer_ready() {
  for (const int32_t stream : std::exchange(ready_, {})) {
    const auto found = in_hand_.find(stream);
    std::optional<Response> response = found->second.pending->take();
    in_hand_.erase(found);
    calls_.answer(stream, *std::move(response));
  }
}

// All that is to be sent now. False: the client has gone, or does not read.
Task<bool> GrpcSession::send() {
  for (std::string_view bytes = calls_.to_send(); !bytes.empty(); bytes = calls_.to_send()) {
    iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    if (!co_await wire_.write({&piece, 1}, house_.limits.write_timeout)) co_return false;
  }
  co_return true;
}

// Ends the sending side and reads on: closing with bytes unread would make the kernel take the last answers back.
Task<void> GrpcSession::linger() {
  wire_.end_sending();
  const int64_t end_ns = steady_ns() + std::chrono::nanoseconds(kLinger).count();
  wire_.set_deadline(kLinger);
  while (steady_ns() < end_ns) {
    const Inbox::Room room = inbox_.room();
    const ssize_t count = wire_.read_now(room.at, room.size);
    if (count == Wire::kEnd) co_return;
    if (count == Wire::kNothing && co_await wire_.wait_readable() == Wake::late) co_return;
  }
}

}  // namespace opik::http

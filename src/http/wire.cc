#include "http/wire.h"

#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <cerrno>

namespace opik::http {
namespace {

constexpr size_t kLowWaterMax = 256 << 10;

}  // namespace

int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

ssize_t Wire::read_now(char* to, size_t room) {
  for (;;) {
    const ssize_t count = ::recv(socket_.native_handle(), to, room, MSG_DONTWAIT);
    if (count > 0) return count;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return kNothing;
    return kEnd;
  }
}

Task<Wake> Wire::wait_readable() { return wait(Socket::wait_read); }

void Wire::set_low_water(size_t bytes) {
  const int wanted = static_cast<int>(std::clamp<size_t>(bytes, 1, kLowWaterMax));
  if (wanted == low_water_) return;
  low_water_ = wanted;
  ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVLOWAT, &wanted, sizeof wanted);
}

Task<bool> Wire::write(std::span<iovec> pieces, std::chrono::milliseconds timeout) {
  while (!pieces.empty()) {
    if (pieces.front().iov_len == 0) {
      pieces = pieces.subspan(1);
      continue;
    }
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    const ssize_t count = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      set_deadline(timeout);
      const Wake wake = co_await wait(Socket::wait_write);
      clear_deadline();
      if (wake == Wake::late) co_return false;
      continue;
    }
    if (count < 0) co_return false;
    for (size_t left = static_cast<size_t>(count); left > 0;) {
      iovec& front = pieces.front();
      const size_t step = std::min(left, front.iov_len);
      front.iov_base = static_cast<char*>(front.iov_base) + step;
      front.iov_len -= step;
      left -= step;
      if (front.iov_len == 0) pieces = pieces.subspan(1);
    }
  }
  co_return true;
}

Task<void> Wire::yield() { co_await boost::asio::post(strand_, kAwait); }

void Wire::set_deadline(std::chrono::milliseconds from_now) {
  late_ = false;
  deadline_ns_.store(steady_ns() + std::chrono::nanoseconds(from_now).count(), std::memory_order_relaxed);
}

void Wire::expire() {
  if (!is_late(steady_ns())) return;
  late_ = true;
  wake();
}

void Wire::wake() {
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Wire::end_sending() {
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Wire::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

Task<Wake> Wire::wait(Socket::wait_type what) {
  if (!socket_.is_open()) co_return Wake::ready;
  boost::system::error_code failed;
  co_await socket_.async_wait(what, boost::asio::redirect_error(kAwait, failed));
  if (late_) {
    late_ = false;
    co_return Wake::late;
  }
  co_return failed == boost::asio::error::operation_aborted&& socket_.is_open() ? Wake::cancelled : Wake::ready;
}

}  // namespace opik::http

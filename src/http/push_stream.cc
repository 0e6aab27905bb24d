#include "http/push_stream.h"

namespace opik::http {

bool PushStream::push(std::string_view piece) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::open || !is_read_) return false;
  if (waiting_.size() + piece.size() > shape_.bytes_max) {
    state_ = State::dropped;
    was_dropped_ = true;
    waiting_ = {};
  } else {
    waiting_ += piece;
  }
  wake();
  return state_ == State::open;
}

void PushStream::close() {
  const std::lock_guard lock(mutex_);
  if (state_ == State::open) state_ = State::closed;
  wake();
}

bool PushStream::is_open() const {
  const std::lock_guard lock(mutex_);
  return state_ == State::open && is_read_;
}

bool PushStream::was_dropped() const {
  const std::lock_guard lock(mutex_);
  return was_dropped_;
}

PushStream::State PushStream::take(std::string& out) {
  const std::lock_guard lock(mutex_);
  is_woken_ = false;
  out += waiting_;
  waiting_.clear();
  return state_;
}

void PushStream::wake_on_change(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  waiter_ = &waiter;
}

void PushStream::abandon() {
  const std::lock_guard lock(mutex_);
  is_read_ = false;
  waiter_ = nullptr;
  waiting_ = {};
}

void PushStream::wake() {
  if (waiter_ == nullptr || is_woken_) return;
  is_woken_ = true;
  waiter_->wake();
}

}  // namespace opik::http

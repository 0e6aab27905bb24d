#pragma once
// A budget of bytes that many threads draw from: what is in flight between socket and disk never exceeds it.
//
//   std::optional<ByteBudget::Hold> hold = budget.take(body_bytes);
//   if (!hold) refuse();                 // and the client is asked to come back
//   hold->grow(inflated_bytes);          // false: no room; the hold stays as it was
//
// A single draw larger than the whole budget is granted when nothing else is drawn, so that one large body can always pass.

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace opik::base {

class ByteBudget {
 public:
  explicit ByteBudget(int64_t limit_bytes) : limit_(limit_bytes) {}
  ByteBudget(const ByteBudget&) = delete;

  class Hold {
   public:
    Hold() = default;
    Hold(Hold&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Hold& operator=(Hold&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Hold() { release(); }

    // Draws `bytes` more. False if there is no room.
    bool grow(int64_t bytes) {
      if (budget_ == nullptr || !budget_->draw(bytes, bytes_)) return false;
      bytes_ += bytes;
      return true;
    }
    void release() {
      if (budget_ != nullptr) budget_->used_.fetch_sub(bytes_);
      budget_ = nullptr;
      bytes_ = 0;
    }
    int64_t bytes() const { return bytes_; }

   private:
    friend class ByteBudget;
    Hold(ByteBudget* budget, int64_t bytes) : budget_(budget), bytes_(bytes) {}
    ByteBudget* budget_ = nullptr;
    int64_t bytes_ = 0;
  };

  std::optional<Hold> take(int64_t bytes) {
    if (!draw(bytes, 0)) return std::nullopt;
    return Hold(this, bytes);
  }
  int64_t used() const { return used_.load(std::memory_order_relaxed); }
  int64_t limit() const { return limit_; }

 private:
  // `own`: what the asker holds already; with nothing beyond that drawn, any draw is granted.
  bool draw(int64_t bytes, int64_t own) {
    int64_t used = used_.load();
    do {
      if (used + bytes > limit_ && used != own) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes));
    return true;
  }

  const int64_t limit_;
  std::atomic<int64_t> used_{0};
};

}  // namespace opik::base

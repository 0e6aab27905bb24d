#pragma once
// All tapes of one connection, and their reading in the order of ticks: what happened before on one thread is read before what happened
// after on another.
//
//   ThreadTape* tape = tapes.add();            // a thread's first call
//   tapes.drain([&](std::string_view call) { … });
//
// Why that order holds. A drain takes a tick T and then looks at all tapes; it reads what has a tick of at most T, least first. If call A
// happens before call B, then A was committed before B took its tick. So when a drain reads B, whose tick is at most T, A was committed
// before T and is seen too, with its lesser tick. Calls of concurrent threads have no order to keep.

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "sdk/call.h"
#include "sdk/tape.h"
#include "sdk/ticks.h"

namespace opik::sdk {

struct ThreadTape {
  explicit ThreadTape(TapeBudget& budget) noexcept : tape(budget) {}
  Tape tape;
  std::atomic<bool> finished{false};  // the thread is gone
};

class Tapes {
 public:
  explicit Tapes(int64_t bytes_max) { budget_.left.store(bytes_max, std::memory_order_relaxed); }

  // Null if there is no memory. Any thread.
  ThreadTape* add() noexcept;

  // Reads what is there; returns how many calls. The owner thread alone.
  template <class F>
  size_t drain(F&& use);

  std::mutex& mutex() { return mutex_; }  // for fork

 private:
  struct Head {
    uint64_t tick;
    size_t tape;
  };
  static bool later(const Head& a, const Head& b) { return a.tick > b.tick; }
  static uint64_t tick_of(std::string_view call) {
    uint64_t tick;
    std::memcpy(&tick, call.data() + offsetof(CallHead, tick), sizeof tick);
    return tick;
  }

  TapeBudget budget_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<ThreadTape>> added_;  // not seen by the owner yet
  std::atomic<bool> any_added_{false};
  std::vector<std::unique_ptr<ThreadTape>> all_;  // the owner's
  std::vector<Head> heads_;
};

template <class F>
size_t Tapes::drain(F&& use) {
  const uint64_t until = read_ticks();
  ticks_before_loads();
  if (any_added_.load(std::memory_order_acquire)) {
    const std::lock_guard lock(mutex_);
    std::move(added_.begin(), added_.end(), std::back_inserter(all_));
    added_.clear();
    any_added_.store(false, std::memory_order_relaxed);
  }
  heads_.clear();
  bool any_finished = false;
  for (size_t i = 0; i < all_.size(); ++i) {
    const bool finished = all_[i]->finished.load(std::memory_order_acquire);
    const std::string_view call = all_[i]->tape.front();
    if (!call.empty())
      heads_.push_back({tick_of(call), i});
    else
      any_finished = any_finished || finished;
  }
  std::make_heap(heads_.begin(), heads_.end(), later);
  size_t calls = 0;
  while (!heads_.empty() && heads_.front().tick <= until) {
    std::pop_heap(heads_.begin(), heads_.end(), later);
    Tape& tape = all_[heads_.back().tape]->tape;
    // As long as this tape is the first of all, the heap is left alone.
    const uint64_t others = heads_.size() > 1 ? std::min(heads_.front().tick, until) : until;
    std::string_view call = tape.front();
    uint64_t tick = heads_.back().tick;
    while (!call.empty() && tick <= others) {
      use(call);
      ++calls;
      tape.pop();
      call = tape.front();
      if (!call.empty()) tick = tick_of(call);
    }
    if (call.empty()) {
      heads_.pop_back();
    } else {
      heads_.back().tick = tick;
      std::push_heap(heads_.begin(), heads_.end(), later);
    }
  }
  if (any_finished) {
    std::erase_if(all_, [](const auto& tape) { return tape->finished.load(std::memory_order_acquire) && tape->tape.front().empty(); });
  }
  return calls;
}

}  // namespace opik::sdk

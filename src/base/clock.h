#pragma once
// Time. Instants are integers since 1970-01-01T00:00:00Z: `_us` microseconds, `_ns` nanoseconds, `_ms` milliseconds.

#include <atomic>
#include <cstdint>

namespace opik::base {

int64_t now_us();

// Gives every message its time of arrival: strictly increasing, never behind the wall clock's past maximum, so that the order
// of arrival survives a clock that steps back and a restart. Thread-safe.
class ArrivalClock {
 public:
  // `at_least_us`: the greatest arrival given out before (by an earlier process); 0 if none.
  explicit ArrivalClock(int64_t at_least_us = 0) : last_us_(at_least_us) {}

  // Reserves `count` >= 1 consecutive microseconds and returns the first.
  int64_t take(int64_t count = 1);

 private:
  std::atomic<int64_t> last_us_;
};

}  // namespace opik::base

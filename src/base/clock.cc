#include "base/clock.h"

#include <chrono>

namespace opik::base {

int64_t now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

int64_t ArrivalClock::take(int64_t count) {
  const int64_t now = now_us();
  int64_t last = last_us_.load(std::memory_order_relaxed);
  int64_t first;
  do {
    first = last + 1 > now ? last + 1 : now;
  } while (!last_us_.compare_exchange_weak(last, first + count - 1));
  return first;
}

}  // namespace opik::base

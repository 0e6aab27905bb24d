#pragma once
// A clock that costs a thread a few nanoseconds and still orders what threads do: if A happens before B (in the sense of the
// language), then A's tick is not after B's. On x86 with a time stamp counter that the kernel itself trusts it is that counter, read so
// that earlier loads are done; elsewhere CLOCK_MONOTONIC.
//
//   start_ticks();                      // once, before any other call; 1 ms the first time
//   uint64_t tick = read_ticks();
//   int64_t ns = wall_ns(tick);         // since 1970
//
// calibrate() keeps the translation near the wall clock, which may be stepped or slewed. Thread-safe.

#include <atomic>
#include <cstdint>
#include <ctime>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace opik::sdk {

namespace ticking {
// Never written after it became current, until kMaps calibrations later: minutes.
struct TickMap {
  std::atomic<uint64_t> tick{0};
  std::atomic<int64_t> ns{0};
  std::atomic<uint64_t> ns_per_tick{0};  // times 2^32
};
extern std::atomic<const TickMap*> tick_map;
__extension__ using Wide = __int128;
extern bool ticks_are_tsc;  // written by start_ticks alone
}  // namespace ticking

void start_ticks() noexcept;
void calibrate() noexcept;  // at most once a second has an effect

// Not before earlier loads of this thread are done: what they saw has happened.
inline uint64_t read_ticks() noexcept {
#if defined(__x86_64__)
  if (ticking::ticks_are_tsc) {
    unsigned core;
    return __rdtscp(&core);
  }
#endif
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
}

// At half the cost, perhaps some 100 ns early: for what nothing can have happened to before.
inline uint64_t read_ticks_early() noexcept {
#if defined(__x86_64__)
  if (ticking::ticks_are_tsc) return __rdtsc();
#endif
  return read_ticks();
}

// The tick that was read is not after any load that follows.
inline void ticks_before_loads() noexcept {
#if defined(__x86_64__)
  _mm_lfence();
#endif
}

inline int64_t wall_ns(uint64_t tick) noexcept {
  const ticking::TickMap* map = ticking::tick_map.load(std::memory_order_acquire);
  const auto since = static_cast<int64_t>(tick - map->tick.load(std::memory_order_relaxed));
  const auto rate = static_cast<ticking::Wide>(map->ns_per_tick.load(std::memory_order_relaxed));
  return map->ns.load(std::memory_order_relaxed) + static_cast<int64_t>((since * rate) >> 32);
}

}  // namespace opik::sdk

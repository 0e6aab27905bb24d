#include "sdk/ticks.h"

#include <fcntl.h>
#include <unistd.h>
#include <cstring>
#include <mutex>

namespace opik::sdk {
namespace ticking {
std::atomic<const TickMap*> tick_map{nullptr};
bool ticks_are_tsc = false;
}  // namespace ticking

namespace {

constexpr size_t kMaps = 256;
constexpr int64_t kFirstSpinNs = 1'000'000;  // gives a rate within about 1e-4
constexpr int64_t kSecond = 1'000'000'000;

struct Pair {
  uint64_t tick = 0;
  int64_t mono_ns = 0;
  int64_t wall = 0;
};

struct Calibration {
  std::mutex mutex;
  ticking::TickMap maps[kMaps];
  size_t next = 0;
  Pair first;
  Pair last;
};
Calibration& calibration() {
  static auto* forever = new Calibration;  // destructors of statics may still log
  return *forever;
}

int64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

// One instant by three clocks. Of five tries the one that took least, so that a preemption in between does no harm.
Pair read_pair() {
  Pair best;
  uint64_t least = UINT64_MAX;
  for (int i = 0; i < 5; ++i) {
    Pair pair;
    const uint64_t before = read_ticks();
    pair.mono_ns = clock_ns(CLOCK_MONOTONIC);
    pair.wall = clock_ns(CLOCK_REALTIME);
    const uint64_t after = read_ticks();
    pair.tick = before + (after - before) / 2;
    if (after - before < least) {
      least = after - before;
      best = pair;
    }
  }
  return best;
}

// The kernel watches the counter and gives it up as clock source when it is not the same on all cores.
bool kernel_trusts_tsc() {
#if defined(__x86_64__)
  const int file = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  char text[8] = {};
  const ssize_t got = read(file, text, sizeof text - 1);
  close(file);
  return got >= 3 && std::memcmp(text, "tsc", 3) == 0 && (got == 3 || text[3] == '\n');
#else
  return false;
#endif
}

void publish(Calibration& all, const Pair& now) {
  const uint64_t ticks = now.tick - all.first.tick;
  const auto ns = static_cast<ticking::Wide>(now.mono_ns - all.first.mono_ns);
  ticking::TickMap& map = all.maps[all.next++ % kMaps];
  map.tick.store(now.tick, std::memory_order_relaxed);
  map.ns.store(now.wall, std::memory_order_relaxed);
  map.ns_per_tick.store(ticking::ticks_are_tsc ? static_cast<uint64_t>((ns << 32) / ticks) : uint64_t{1} << 32, std::memory_order_relaxed);
  ticking::tick_map.store(&map, std::memory_order_release);
  all.last = now;
}

}  // namespace

void start_ticks() noexcept {
  Calibration& all = calibration();
  const std::lock_guard lock(all.mutex);
  if (ticking::tick_map.load(std::memory_order_relaxed) != nullptr) return;
  ticking::ticks_are_tsc = kernel_trusts_tsc();
  all.first = read_pair();
  Pair now;
  do {
    now = read_pair();
  } while (now.mono_ns - all.first.mono_ns < kFirstSpinNs);
  publish(all, now);
}

void calibrate() noexcept {
  Calibration& all = calibration();
  const std::lock_guard lock(all.mutex);
  const int64_t mono = clock_ns(CLOCK_MONOTONIC);
  // Soon after the start the rate is still coarse, so the first few come earlier.
  if (mono - all.last.mono_ns < (all.next < 8 ? (kSecond / 100) << (all.next - 1) : kSecond)) return;
  publish(all, read_pair());
}

}  // namespace opik::sdk

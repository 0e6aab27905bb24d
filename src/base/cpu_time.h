#pragma once
// CPU time of the calling thread, for counters that say which stage costs what.

#include <ctime>

#include <atomic>
#include <cstdint>

namespace opik::base {

inline uint64_t thread_cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

// Adds the CPU time of its scope to a counter.
class CpuTimer {
 public:
  explicit CpuTimer(std::atomic<uint64_t>& total_ns) : total_ns_(total_ns), start_ns_(thread_cpu_ns()) {}
  ~CpuTimer() { total_ns_.fetch_add(thread_cpu_ns() - start_ns_, std::memory_order_relaxed); }
  CpuTimer(const CpuTimer&) = delete;

 private:
  std::atomic<uint64_t>& total_ns_;
  const uint64_t start_ns_;
};

}  // namespace opik::base

#pragma once
// Adds the CPU time that this thread spends in a scope to a counter.

#include <time.h>

#include <atomic>
#include <cstdint>

namespace opik::http {

class CpuMeter {
 public:
  explicit CpuMeter(std::atomic<uint64_t>& sum_ns) : sum_ns_(sum_ns), begun_ns_(now_ns()) {}
  CpuMeter(const CpuMeter&) = delete;
  ~CpuMeter() { sum_ns_.fetch_add(now_ns() - begun_ns_, std::memory_order_relaxed); }

 private:
  static uint64_t now_ns() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
  }

  std::atomic<uint64_t>& sum_ns_;
  const uint64_t begun_ns_;
};

}  // namespace opik::http

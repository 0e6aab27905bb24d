#pragma once
// Keeps the process small: after a burst the allocator holds on to what it got, and gives it back only when asked.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace opik::opikd {

// Before the first thread starts.
void limit_allocator();

// Returns free memory to the system once whenever no work came for a while.
class IdleTrim {
 public:
  // Both are called on a thread of this class. `work_done` counts what the process has done so far; `release` gives to the
  // allocator what is kept for speed alone.
  IdleTrim(std::function<uint64_t()> work_done, std::function<void()> release);
  ~IdleTrim();
  IdleTrim(const IdleTrim&) = delete;

 private:
  void run();

  std::function<uint64_t()> work_done_;
  std::function<void()> release_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  std::thread thread_;  // last: starts when everything above is there
};

}  // namespace opik::opikd

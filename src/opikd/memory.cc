#include "opikd/memory.h"

#include <malloc.h>

#include <chrono>

namespace opik::opikd {

namespace {

constexpr int kArenasMax = 4;                // each keeps its own free memory
constexpr int kMapBytesMin = 4 << 20;        // larger blocks are mapped and unmapped one by one
constexpr int kKeepFreeBytesMax = 16 << 20;  // what may stay free at the top of a heap: bodies come and go by the megabyte
constexpr std::chrono::seconds kLookEvery{2};

}  // namespace

void limit_allocator() {
  mallopt(M_ARENA_MAX, kArenasMax);
  mallopt(M_MMAP_THRESHOLD, kMapBytesMin);
  mallopt(M_TRIM_THRESHOLD, kKeepFreeBytesMax);
}

IdleTrim::IdleTrim(std::function<uint64_t()> work_done, std::function<void()> release)
    : work_done_(std::move(work_done)), release_(std::move(release)), thread_([this] { run(); }) {}

IdleTrim::~IdleTrim() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void IdleTrim::run() {
  uint64_t trimmed_at = 0;
  uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kLookEvery, [this] { return ending_; })) {
    const uint64_t now = work_done_();
    if (now == seen && now != trimmed_at) {
      release_();
      malloc_trim(0);
      trimmed_at = now;
    }
    seen = now;
  }
}

}  // namespace opik::opikd

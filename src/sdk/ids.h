#pragma once
// New ids in a few nanoseconds: UUIDv7 of a given wall time, ascending within a thread, 74 bits of which are random or counted.

#include <cstdint>

#include "base/uuid.h"

namespace opik::sdk {

// One per thread. Not to be shared with a forked child: reseed there.
class IdSource {
 public:
  void seed() noexcept;  // from the system's randomness
  base::Uuid next(int64_t wall_ns) noexcept;

 private:
  uint64_t random() noexcept;

  uint64_t state_[2] = {};
  int64_t last_ms_ = 0;
  uint32_t counter_ = 0;  // the 12 bits after the time: ids of one millisecond ascend
};

}  // namespace opik::sdk

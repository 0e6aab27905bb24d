#pragma once
// New ids in a few nanoseconds: UUIDv7 of a given wall time, ascending within a thread, 74 bits of which are random or counted.

#include <array>
#include <cstdint>
#include <cstring>

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

// xoroshiro128+: not for secrets, and none are made of ids.
inline uint64_t IdSource::random() noexcept {
  const auto rotate = [](uint64_t x, int by) { return x << by | x >> (64 - by); };
  const uint64_t a = state_[0];
  uint64_t b = state_[1];
  const uint64_t result = a + b;
  b ^= a;
  state_[0] = rotate(a, 24) ^ b ^ (b << 16);
  state_[1] = rotate(b, 37);
  return result;
}

inline base::Uuid IdSource::next(int64_t wall_ns) noexcept {
  const int64_t ms = wall_ns / 1'000'000;
  const uint64_t tail = random();
  if (ms > last_ms_) {
    last_ms_ = ms;
    counter_ = static_cast<uint32_t>(random() >> 53);  // 11 bits: half of the room is left to count in
  } else if (++counter_ > 0xfff) {
    ++last_ms_;
    counter_ = 0;
  }
  const uint64_t high = static_cast<uint64_t>(last_ms_) << 16 | 0x7000 | counter_;
  const uint64_t low = (tail >> 2) | 0x8000000000000000ULL;
  // One store of 16 bytes: ids are loaded so, and a load of two stores waits for both.
  using Words = uint64_t __attribute__((vector_size(16)));
  const Words words = {__builtin_bswap64(high), __builtin_bswap64(low)};
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &words, 16);
  return base::Uuid{bytes};
}

}  // namespace opik::sdk

#include "sdk/ids.h"

#include <sys/random.h>
#include <unistd.h>
#include <cstring>
#include <ctime>

namespace opik::sdk {

void IdSource::seed() noexcept {
  if (getrandom(state_, sizeof state_, GRND_NONBLOCK) != sizeof state_) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    state_[0] = static_cast<uint64_t>(now.tv_nsec) * 0x9e3779b97f4a7c15ULL ^ static_cast<uint64_t>(getpid());
    state_[1] = static_cast<uint64_t>(now.tv_sec) ^ reinterpret_cast<uintptr_t>(this);
  }
  state_[0] |= 1;  // all zero would stay so
}

// xoroshiro128+: not for secrets, and none are made of ids.
uint64_t IdSource::random() noexcept {
  const auto rotate = [](uint64_t x, int by) { return x << by | x >> (64 - by); };
  const uint64_t a = state_[0];
  uint64_t b = state_[1];
  const uint64_t result = a + b;
  b ^= a;
  state_[0] = rotate(a, 24) ^ b ^ (b << 16);
  state_[1] = rotate(b, 37);
  return result;
}

base::Uuid IdSource::next(int64_t wall_ns) noexcept {
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
  const uint64_t words[2] = {__builtin_bswap64(high), __builtin_bswap64(low)};
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), words, 16);
  return base::Uuid{bytes};
}

}  // namespace opik::sdk

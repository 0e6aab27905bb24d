#include "sdk/ids.h"

#include <sys/random.h>
#include <unistd.h>
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

}  // namespace opik::sdk

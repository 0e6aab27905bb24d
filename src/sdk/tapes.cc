#include "sdk/tapes.h"

namespace opik::sdk {

ThreadTape* Tapes::add() noexcept {
  try {
    auto tape = std::make_unique<ThreadTape>(budget_);
    ThreadTape* raw = tape.get();
    const std::lock_guard lock(mutex_);
    added_.push_back(std::move(tape));
    any_added_.store(true, std::memory_order_release);
    return raw;
  } catch (...) {
    return nullptr;
  }
}

}  // namespace opik::sdk

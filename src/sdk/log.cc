#include "sdk/log.h"

#include <atomic>
#include <cstdio>

namespace opik {
namespace {
std::atomic<void (*)(LogLevel, std::string_view)> log_sink{nullptr};
}  // namespace

void set_log_sink(void (*sink)(LogLevel, std::string_view line)) noexcept { log_sink.store(sink); }

void sdk::log_line(LogLevel level, std::string_view line) noexcept {
  if (const auto sink = log_sink.load()) return sink(level, line);
  std::fprintf(stderr, "OPIK: %.*s\n", static_cast<int>(line.size()), line.data());
}

}  // namespace opik

#pragma once
// check() ends the process when an invariant of ours is broken. Input never reaches a check: expected failures are Results.

#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace opik::base {

inline void check(bool holds, const char* what, std::source_location at = std::source_location::current()) {
  if (holds) [[likely]] return;
  std::fprintf(stderr, "%s:%u: check failed: %s\n", at.file_name(), static_cast<unsigned>(at.line()), what);
  std::abort();
}

}  // namespace opik::base

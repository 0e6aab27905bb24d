#pragma once
// check() ends the process when an invariant of ours is broken. Input never reaches a check: expected failures are Results.

#include <cstdio>
#include <cstdlib>

namespace opik::base {

// (The builtins, because clang 14, which builds the fuzz targets, has no std::source_location.)
inline void check(bool holds, const char* what, const char* file = __builtin_FILE(), unsigned line = __builtin_LINE()) {
  if (holds) [[likely]]
    return;
  std::fprintf(stderr, "%s:%u: check failed: %s\n", file, line, what);
  std::abort();
}

}  // namespace opik::base

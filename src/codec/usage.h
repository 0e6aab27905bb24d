#pragma once
// Usage as a span keeps it (Field::usage, {"prompt_tokens":12,...}), looked at without copying a name. Its sums: add_usage() in decode.h.

#include <cstdint>
#include <string_view>
#include <vector>

namespace opik::codec {

struct UsageCount {
  std::string_view name;  // with escapes, if it was written with some
  int64_t count = 0;
};
using UsageCounts = std::vector<UsageCount>;

// Adds what `json` says to the end of `into`; the names are slices of `json`. What is no whole number is left out.
void usage_counts(std::string_view json, UsageCounts& into);

}  // namespace opik::codec

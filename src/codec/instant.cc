#include "base/instant.h"
#include "codec/decode.h"

namespace opik::codec {

std::optional<int64_t> parse_instant_ns(std::string_view text) {
  constexpr int64_t kSecondNs = 1'000'000'000;
  const std::optional<base::Instant> instant = base::parse_instant(text);
  if (!instant) return std::nullopt;
  // Seconds below zero count nanos upwards: borrow one, so that the product stays in range.
  const bool below = instant->seconds < 0;
  const int64_t seconds = instant->seconds + (below ? 1 : 0);
  const int64_t nanos = instant->nanos - (below ? kSecondNs : 0);
  int64_t ns = 0;
  if (__builtin_mul_overflow(seconds, kSecondNs, &ns) || __builtin_add_overflow(ns, nanos, &ns)) return std::nullopt;
  return ns;
}

}  // namespace opik::codec

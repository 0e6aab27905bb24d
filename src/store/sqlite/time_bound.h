#pragma once
// Times of a filter against times that are kept as integers.

#include <limits>
#include <optional>

#include "base/instant.h"
#include "query/field.h"

namespace opik::store::sqlite {

inline int64_t to_ns(const base::Instant& instant) {
  constexpr int64_t kSecondNs = 1'000'000'000;
  constexpr int64_t kSecondsMax = std::numeric_limits<int64_t>::max() / kSecondNs;
  if (instant.seconds >= kSecondsMax) return std::numeric_limits<int64_t>::max();  // later than any time that is kept
  if (instant.seconds < 0) return -1;                                              // and earlier
  return instant.seconds * kSecondNs + instant.nanos;
}

// A comparison with what is kept in whole microseconds. Between two of them lies what none equals; from there on the next is greater.
struct TimeBound {
  query::Operator op = query::Operator::equal;
  int64_t us = 0;
  std::optional<bool> always;  // it holds whatever the time is, or never
};

inline TimeBound bound_us(query::Operator op, const base::Instant& instant) {
  using query::Operator;
  TimeBound bound{op, instant.seconds * 1'000'000 + instant.nanos / 1000, std::nullopt};
  if (instant.nanos % 1000 == 0) return bound;
  if (op == Operator::equal) bound.always = false;
  if (op == Operator::not_equal) bound.always = true;
  if (op == Operator::greater_equal) bound.op = Operator::greater;
  if (op == Operator::less) bound.op = Operator::less_equal;
  return bound;
}

}  // namespace opik::store::sqlite

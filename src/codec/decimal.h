#pragma once
// Decimal numbers as exact text, for what a double cannot hold.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace opik::codec {

// 0.<digits> x 10^point; no zeroes at either end of `digits`, which is empty for 0.
struct Decimal {
  bool negative = false;
  std::string digits;
  int64_t point = 0;

  bool is_integer() const { return static_cast<int64_t>(digits.size()) <= point; }
};

// A JSON number of any length. Exponents beyond +-10^9 are held there.
std::optional<Decimal> parse_decimal(std::string_view number);

// value x 10^scale without what is left of the fraction; nothing beyond 18 digits.
std::optional<int64_t> scaled(const Decimal& value, int scale);

// The nearest double; nothing for what is no JSON number or larger than any double. What is too small is 0.
std::optional<double> parse_double(std::string_view number);

}  // namespace opik::codec

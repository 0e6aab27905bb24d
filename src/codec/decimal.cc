#include "codec/decimal.h"

#include <algorithm>
#include <charconv>

#include "codec/validate.h"

namespace opik::codec {
namespace {

constexpr int64_t kExponentMax = 1'000'000'000;
constexpr int64_t kInt64DigitsMax = 18;  // any number of so many digits fits

bool is_number(std::string_view text) {
  if (text.empty() || (text[0] != '-' && (text[0] < '0' || text[0] > '9'))) return false;
  const JsonCheck check = check_json(text);
  return check.ok() && check.end == text.size() && !check.non_finite;
}

int64_t read_exponent(std::string_view text) {
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') text.remove_prefix(1);
  int64_t exponent = 0;
  for (char c : text) exponent = std::min(exponent * 10 + (c - '0'), kExponentMax);
  return negative ? -exponent : exponent;
}

}  // namespace

std::optional<Decimal> parse_decimal(std::string_view number) {
  if (!is_number(number)) return std::nullopt;
  Decimal decimal;
  decimal.negative = number[0] == '-';
  if (decimal.negative) number.remove_prefix(1);
  int64_t exponent = 0;
  if (const size_t e = number.find_first_of("eE"); e != std::string_view::npos) {
    exponent = read_exponent(number.substr(e + 1));
    number = number.substr(0, e);
  }
  const size_t dot = std::min(number.find('.'), number.size());
  decimal.digits.append(number, 0, dot);
  if (dot < number.size()) decimal.digits.append(number, dot + 1);
  const size_t leading = std::min(decimal.digits.find_first_not_of('0'), decimal.digits.size());
  decimal.digits.erase(0, leading);
  decimal.digits.resize(decimal.digits.find_last_not_of('0') + 1);  // npos + 1 is 0
  if (!decimal.digits.empty()) decimal.point = static_cast<int64_t>(dot) - static_cast<int64_t>(leading) + exponent;
  return decimal;
}

std::optional<int64_t> scaled(const Decimal& value, int scale) {
  const int64_t length = value.digits.empty() ? 0 : value.point + scale;  // digits of the result
  if (length <= 0) return 0;
  if (length > kInt64DigitsMax) return std::nullopt;
  int64_t result = 0;
  for (size_t i = 0; i < static_cast<size_t>(length); ++i) result = result * 10 + (i < value.digits.size() ? value.digits[i] - '0' : 0);
  return value.negative ? -result : result;
}

std::optional<double> parse_double(std::string_view number) {
  if (!is_number(number)) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error == std::errc{}) return value;
  const std::optional<Decimal> decimal = parse_decimal(number);
  if (decimal && decimal->point < 0) return decimal->negative ? -0.0 : 0.0;
  return std::nullopt;
}

}  // namespace opik::codec

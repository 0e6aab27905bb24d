#include "query/value.h"

#include <algorithm>
#include <charconv>

namespace opik::query {
namespace {

constexpr int kNanoDigits = 9;
constexpr int64_t kNanoHeld = 1'000'000'000'000'000'000;  // beyond any score (model::kScoreMaxNano)
constexpr int64_t kExponentMax = 100'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// [+-] digits [. digits] [e [+-] digits], with a digit before or behind the dot.
struct Decimal {
  bool negative = false;
  std::string digits;  // without the dot
  int64_t point = 0;   // how many of them stand before it, exponent applied
};

std::optional<Decimal> parse_decimal(std::string_view text) {
  Decimal out;
  if (text.starts_with('-') || text.starts_with('+')) {
    out.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  size_t at = 0;
  for (bool dot = false; at < text.size() && (is_digit(text[at]) || (!dot && text[at] == '.')); ++at) {
    if (text[at] == '.') {
      dot = true;
      continue;
    }
    out.digits += text[at];
    if (!dot) ++out.point;
  }
  if (out.digits.empty()) return std::nullopt;
  if (at == text.size()) return out;
  if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
  text.remove_prefix(at + 1);
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) exponent = text[0] == '-' ? -kExponentMax : kExponentMax;
  out.point += std::clamp(exponent, -kExponentMax, kExponentMax);
  return out;
}

int hex(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::optional<Number> parse_number(std::string_view text) {
  const std::optional<Decimal> decimal = parse_decimal(text);
  if (!decimal) return std::nullopt;
  const std::string_view bare = text.starts_with('+') ? text.substr(1) : text;
  Number number{0, std::string(text)};
  const auto [end, error] = std::from_chars(bare.data(), bare.data() + bare.size(), number.value);
  if (error == std::errc{}) return number;
  const size_t zeros = std::min(decimal->digits.find_first_not_of('0'), decimal->digits.size());
  if (zeros < decimal->digits.size() && decimal->point > static_cast<int64_t>(zeros)) return std::nullopt;  // larger than any double
  number.value = 0;
  return number;
}

std::optional<Nano> parse_nano(std::string_view text) {
  const std::optional<Decimal> decimal = parse_decimal(text);
  if (!decimal) return std::nullopt;
  int64_t nano = 0;
  for (int64_t i = 0; i < decimal->point + kNanoDigits && nano < kNanoHeld; ++i) {
    const int64_t digit = i < static_cast<int64_t>(decimal->digits.size()) ? decimal->digits[static_cast<size_t>(i)] - '0' : 0;
    if (nano == 0 && digit == 0 && i >= static_cast<int64_t>(decimal->digits.size())) break;  // zero, however large its exponent
    nano = nano > kNanoHeld / 10 ? kNanoHeld : nano * 10 + digit;
  }
  nano = std::min(nano, kNanoHeld);
  return Nano{decimal->negative ? -nano : nano};
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_sequence = text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0;
    out += is_sequence ? static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])) : text[i];
    if (is_sequence) i += 2;
  }
  return out;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\n\r\f\v") == std::string_view::npos; }

}  // namespace opik::query

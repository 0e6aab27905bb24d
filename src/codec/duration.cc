#include "codec/duration.h"

#include <array>
#include <charconv>

#include "codec/object_writer.h"

namespace opik::codec {
namespace {

constexpr int64_t kSecondMs = 1000;
constexpr int64_t kMinuteMs = 60 * kSecondMs;
constexpr int64_t kHourMs = 60 * kMinuteMs;
constexpr int64_t kDayMs = 24 * kHourMs;
constexpr int64_t kMostMs = kDayMs * 366 * 10'000;

struct Unit {
  char letter;
  int64_t ms;
};
constexpr std::array<Unit, 4> kUnits{Unit{'D', kDayMs}, Unit{'H', kHourMs}, Unit{'M', kMinuteMs}, Unit{'S', kSecondMs}};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool take_sign(std::string_view& text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  return negative;
}

// Milliseconds of the digits behind the point of a number of seconds; nothing if there are none, or more than nine.
std::optional<int64_t> take_fraction_ms(std::string_view& text) {
  int64_t ms = 0;
  size_t digits = 0;
  for (; digits < text.size() && is_digit(text[digits]); ++digits) {
    if (digits < 3) ms = ms * 10 + (text[digits] - '0');
  }
  if (digits == 0 || digits > 9) return std::nullopt;
  for (size_t i = digits; i < 3; ++i) ms *= 10;
  text.remove_prefix(digits);
  return ms;
}

}  // namespace

// [-]P[nD][T[nH][nM][n[.n]S]]: each unit at most once, in this order, at least one, and one behind a T.
std::optional<int64_t> parse_duration_ms(std::string_view text) {
  const bool negative = take_sign(text);
  if (text.empty() || upper(text[0]) != 'P') return std::nullopt;
  text.remove_prefix(1);
  int64_t total_ms = 0;
  size_t next_unit = 0;
  bool in_time = false;
  bool is_complete = false;
  while (!text.empty()) {
    if (!in_time && upper(text[0]) == 'T') {
      in_time = true;
      is_complete = false;
      next_unit = 1;
      text.remove_prefix(1);
      continue;
    }
    const bool minus = take_sign(text);
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || !is_digit(text[0]) || number > kMostMs / kSecondMs) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    int64_t fraction_ms = 0;
    const bool has_fraction = !text.empty() && text[0] == '.';
    if (has_fraction) {
      text.remove_prefix(1);
      const std::optional<int64_t> taken = take_fraction_ms(text);
      if (!taken) return std::nullopt;
      fraction_ms = *taken;
    }
    if (text.empty()) return std::nullopt;
    size_t unit = next_unit;
    const size_t units_end = in_time ? kUnits.size() : 1;
    while (unit < units_end && kUnits[unit].letter != upper(text[0])) ++unit;
    if (unit >= units_end || (has_fraction && kUnits[unit].letter != 'S') || number > kMostMs / kUnits[unit].ms) return std::nullopt;
    const int64_t part_ms = number * kUnits[unit].ms + fraction_ms;
    total_ms += minus ? -part_ms : part_ms;
    next_unit = unit + 1;
    is_complete = true;
    text.remove_prefix(1);
  }
  if (!is_complete || total_ms > kMostMs || total_ms < -kMostMs) return std::nullopt;
  return negative ? -total_ms : total_ms;
}

void append_duration_s(std::string& out, int64_t seconds) {
  if (seconds == 0) {
    out += "PT0S";
    return;
  }
  out += "PT";
  const std::array<std::pair<int64_t, char>, 3> parts{{{seconds / 3600, 'H'}, {seconds / 60 % 60, 'M'}, {seconds % 60, 'S'}}};
  for (const auto& [number, letter] : parts) {
    if (number == 0) continue;
    append_integer(out, number);
    out.push_back(letter);
  }
}

}  // namespace opik::codec

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/instant.h"
#include "codec/encode.h"
#include "codec/scan.h"

namespace opik::codec {
namespace {

constexpr int64_t kNano = 1'000'000'000;
constexpr int64_t kDayS = 86'400;

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
}

// Decimal digits of `value`, zeroes in front up to `width`, at `to`.
void write_digits(char* to, uint64_t value, int width) {
  for (int i = width; i-- > 0; value /= 10) to[i] = static_cast<char>('0' + value % 10);
}

// By b > 0, rounded down.
int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
int64_t floor_mod(int64_t a, int64_t b) { return a % b + (a % b < 0 ? b : 0); }

// Years 0000 to 9999.
void append_instant(std::string& out, int64_t seconds, int64_t nanos) {
  const int64_t days = floor_div(seconds, kDayS);
  const auto second_of_day = static_cast<uint64_t>(floor_mod(seconds, kDayS));
  const base::Date date = base::date_of_days(days);
  char text[] = "0000-00-00T00:00:00.000000000";
  write_digits(text, static_cast<uint64_t>(date.year), 4);
  write_digits(text + 5, date.month, 2);
  write_digits(text + 8, date.day, 2);
  write_digits(text + 11, second_of_day / 3600, 2);
  write_digits(text + 14, second_of_day / 60 % 60, 2);
  write_digits(text + 17, second_of_day % 60, 2);
  write_digits(text + 20, static_cast<uint64_t>(nanos), 9);
  size_t length = 29;
  if (nanos == 0) {
    length = 19;
  } else if (nanos % 1'000'000 == 0) {
    length = 23;
  } else if (nanos % 1'000 == 0) {
    length = 26;
  }
  out.append(text, length);
  out.push_back('Z');
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  out.push_back('"');
  while (true) {
    const char* const stop = find_special(at, end);
    out.append(at, static_cast<size_t>(stop - at));
    if (stop == end) break;
    append_escaped(out, *stop);
    at = stop + 1;
  }
  out.push_back('"');
}

void append_instant_ns(std::string& out, int64_t ns) { append_instant(out, floor_div(ns, kNano), floor_mod(ns, kNano)); }

void append_instant_us(std::string& out, int64_t us) { append_instant(out, floor_div(us, 1'000'000), floor_mod(us, 1'000'000) * 1000); }

void append_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value == 0 ? 0.0 : value);
  out.append(text, end);
}

void append_nano(std::string& out, int64_t value_nano) {
  const bool negative = value_nano < 0;
  const uint64_t magnitude = negative ? -static_cast<uint64_t>(value_nano) : static_cast<uint64_t>(value_nano);
  if (negative) out.push_back('-');
  fmt::format_to(std::back_inserter(out), "{}", magnitude / kNano);
  const uint64_t fraction = magnitude % kNano;
  if (fraction == 0) return;
  char digits[10] = ".";
  write_digits(digits + 1, fraction, 9);
  size_t length = 10;
  while (digits[length - 1] == '0') --length;
  out.append(digits, length);
}

}  // namespace opik::codec

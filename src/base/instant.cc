#include "base/instant.h"

// Dates are counted in years that begin on 1 March, so that the leap day is the last of its year: the day of the year is then
// a straight line over the months, (153 * month + 2) / 5.

namespace opik::base {
namespace {

constexpr int64_t kDayS = 86'400;
constexpr int64_t kYearsOfCycle = 400;
constexpr int64_t kDaysOfCycle = 146'097;
constexpr int64_t kDaysTo1970 = 719'468;  // from 0000-03-01

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

unsigned days_of_month(int64_t year, unsigned month) {
  if (month == 2) return is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// A cursor over what follows the seconds; every step fails softly.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  std::optional<unsigned> number(size_t digits) {
    if (text_.size() < digits) return std::nullopt;
    unsigned value = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return std::nullopt;
      value = value * 10 + static_cast<unsigned>(text_[i] - '0');
    }
    text_.remove_prefix(digits);
    return value;
  }
  bool take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool at_end() const { return text_.empty(); }

 private:
  std::string_view text_;
};

// Nothing: more than nine digits, or none.
std::optional<int32_t> read_fraction(Cursor& at) {
  int32_t nanos = 0;
  int digits = 0;
  while (const std::optional<unsigned> digit = at.number(1)) {
    if (++digits > 9) return std::nullopt;
    nanos = nanos * 10 + static_cast<int32_t>(*digit);
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 9; ++digits) nanos *= 10;
  return nanos;
}

std::optional<int64_t> read_zone_seconds(Cursor& at) {
  if (at.take('Z') || at.take('z')) return 0;
  int64_t sign = 1;
  if (at.take('-')) {
    sign = -1;
  } else if (!at.take('+')) {
    return std::nullopt;
  }
  const std::optional<unsigned> hours = at.number(2);
  if (!hours || *hours > 18) return std::nullopt;
  if (at.at_end()) return sign * *hours * 3600;
  const bool colons = at.take(':');
  const std::optional<unsigned> minutes = at.number(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  unsigned seconds = 0;
  if (colons && !at.at_end()) {
    const std::optional<unsigned> read = at.take(':') ? at.number(2) : std::nullopt;
    if (!read || *read > 59) return std::nullopt;
    seconds = *read;
  }
  return sign * (int64_t{*hours} * 3600 + *minutes * 60 + seconds);
}

}  // namespace

int64_t days_of_date(int64_t year, unsigned month, unsigned day) {
  if (month <= 2) --year;
  const int64_t cycle = floor_div(year, kYearsOfCycle);
  const int64_t year_of_cycle = year - cycle * kYearsOfCycle;
  const int64_t month_from_march = (month + 9) % 12;
  const int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
  return cycle * kDaysOfCycle + year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year - kDaysTo1970;
}

Date date_of_days(int64_t days) {
  days += kDaysTo1970;
  const int64_t cycle = floor_div(days, kDaysOfCycle);
  const int64_t day_of_cycle = days - cycle * kDaysOfCycle;
  // Without the leap days up to there every year has 365 days.
  const int64_t year_of_cycle = (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36'524 - day_of_cycle / 146'096) / 365;
  const int64_t day_of_year = day_of_cycle - (year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const auto month = static_cast<unsigned>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  const auto day = static_cast<unsigned>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  return {cycle * kYearsOfCycle + year_of_cycle + (month <= 2 ? 1 : 0), month, day};
}

std::optional<Instant> parse_instant(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() <= kForm.size()) return std::nullopt;
  for (size_t i = 0; i < kForm.size(); ++i) {
    const bool fits = kForm[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == kForm[i] || (kForm[i] == 'T' && text[i] == 't');
    if (!fits) return std::nullopt;
  }
  const auto two = [&](size_t at) { return static_cast<unsigned>((text[at] - '0') * 10 + (text[at + 1] - '0')); };
  const int64_t year = int64_t{two(0)} * 100 + two(2);
  const unsigned month = two(5);
  const unsigned day = two(8);
  if (month == 0 || month > 12 || day == 0 || day > days_of_month(year, month)) return std::nullopt;
  const unsigned hour = two(11);
  const unsigned minute = two(14);
  const unsigned second = two(17);
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  Cursor at(text.substr(kForm.size()));
  std::optional<int32_t> nanos = 0;
  if (at.take('.')) nanos = read_fraction(at);
  if (!nanos) return std::nullopt;
  const auto zone = read_zone_seconds(at);
  if (!zone || !at.at_end()) return std::nullopt;
  return Instant{days_of_date(year, month, day) * kDayS + int64_t{hour} * 3600 + minute * 60 + second - *zone, *nanos};
}

}  // namespace opik::base

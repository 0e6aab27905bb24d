#pragma once
// Instants in ISO-8601 with a zone, apart from what an int64 of nanoseconds can hold.

#include <cstdint>
#include <optional>
#include <string_view>

namespace opik::base {

struct Instant {
  int64_t seconds = 0;  // since 1970-01-01T00:00:00Z
  int32_t nanos = 0;    // 0 to 999,999,999, later
  friend auto operator<=>(const Instant&, const Instant&) = default;
};

// 2024-02-29T23:59:59[.1 to 9 digits] and Z, +hh, +hhmm, +hh:mm or +hh:mm:ss; T and Z of either case. Years 0000 to 9999.
std::optional<Instant> parse_instant(std::string_view text);

// Days since 1970-01-01 of a date of the Gregorian calendar, and back.
int64_t days_of_date(int64_t year, unsigned month, unsigned day);
struct Date {
  int64_t year = 1970;
  unsigned month = 1;
  unsigned day = 1;
};
Date date_of_days(int64_t days);

}  // namespace opik::base

#include "sdk/instant.h"

namespace opik::sdk {
namespace {

constexpr int64_t kDaySeconds = 86'400;

void digits(char* to, int64_t number, int count) {
  for (int i = count - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

}  // namespace

// The civil date of a day by eras of 400 years, which begin on a 1st of March.
void append_time_us(std::string& out, int64_t us) {
  if (us < 0) us = 0;  // no server takes a time before 1970
  const int64_t seconds = us / 1'000'000;
  const int64_t days = seconds / kDaySeconds + 719'468;
  const int64_t era = days / 146'097;
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  const int64_t second_of_day = seconds % kDaySeconds;
  char text[] = "\"0000-00-00T00:00:00.000000Z\"";
  digits(text + 1, year > 9999 ? 9999 : year, 4);
  digits(text + 6, month, 2);
  digits(text + 9, day, 2);
  digits(text + 12, second_of_day / 3600, 2);
  digits(text + 15, second_of_day / 60 % 60, 2);
  digits(text + 18, second_of_day % 60, 2);
  digits(text + 21, us % 1'000'000, 6);
  out.append(text, sizeof text - 1);
}

}  // namespace opik::sdk

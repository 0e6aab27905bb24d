// Goal: instants are read and printed exactly, over every zone form, leap years and the limits of int64 nanoseconds.
// Method: tables with the expected number, refused texts, and a walk over the days of 1970 to 2300 against the C library.

#include "base/instant.h"

#include <ctime>
#include <limits>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "codec/decode.h"
#include "codec/encode.h"

namespace opik::codec {
namespace {

std::string print_ns(int64_t ns) {
  std::string out;
  append_instant_ns(out, ns);
  return out;
}
std::string print_us(int64_t us) {
  std::string out;
  append_instant_us(out, us);
  return out;
}

TEST(Instant, ReadsEveryFormOfZoneAndFraction) {
  struct Case {
    std::string_view text;
    int64_t ns;
  };
  for (const auto& [text, ns] : std::vector<Case>{
           {"1970-01-01T00:00:00Z", 0},
           {"2024-02-29T12:34:56Z", 1'709'210'096'000'000'000},
           {"2024-02-29t12:34:56z", 1'709'210'096'000'000'000},
           {"2024-02-29T12:34:56.7Z", 1'709'210'096'700'000'000},
           {"2024-02-29T12:34:56.123456789Z", 1'709'210'096'123'456'789},
           {"2024-02-29T12:34:56.000000001Z", 1'709'210'096'000'000'001},
           {"2024-02-29T14:34:56+02:00", 1'709'210'096'000'000'000},
           {"2024-02-29T07:04:56-05:30", 1'709'210'096'000'000'000},
           {"2024-02-29T14:34:56+02", 1'709'210'096'000'000'000},
           {"2024-02-29T14:34:56+0200", 1'709'210'096'000'000'000},
           {"2024-02-29T14:34:57+02:00:01", 1'709'210'096'000'000'000},
           {"2024-02-29T12:34:56.5-00:00", 1'709'210'096'500'000'000},
           {"2000-02-29T00:00:00Z", 951'782'400'000'000'000},
           {"1969-12-31T23:59:59.999999999Z", -1},
           {"1970-01-01T00:00:00.5+00:00:01", -500'000'000},
           {"2262-04-11T23:47:16.854775807Z", std::numeric_limits<int64_t>::max()},
           {"1677-09-21T00:12:43.145224192Z", std::numeric_limits<int64_t>::min()},
       }) {
    EXPECT_EQ(parse_instant_ns(text), ns) << text;
  }
}

TEST(Instant, RefusesWhatIsNoInstantOrDoesNotFit) {
  for (std::string_view text : {"",
                                "2024",
                                "2024-02-29",
                                "2024-02-29T12:34:56",
                                "2024-02-29T12:34Z",
                                "2024-02-29 12:34:56Z",
                                "2023-02-29T00:00:00Z",
                                "1900-02-29T00:00:00Z",
                                "2024-13-01T00:00:00Z",
                                "2024-00-01T00:00:00Z",
                                "2024-01-00T00:00:00Z",
                                "2024-04-31T00:00:00Z",
                                "2024-01-01T24:00:00Z",
                                "2024-01-01t24:00:00Z",
                                "2024-01-01T00:60:00Z",
                                "2024-01-01T00:00:60Z",
                                "2024-01-01T00:00:00.Z",
                                "2024-01-01T00:00:00.1234567890Z",
                                "2024-01-01T00:00:00,5Z",
                                "2024-01-01T00:00:00ZZ",
                                "2024-01-01T00:00:00Z ",
                                " 2024-01-01T00:00:00Z",
                                "2024-01-01T00:00:00+",
                                "2024-01-01T00:00:00+1",
                                "2024-01-01T00:00:00+19:00",
                                "2024-01-01T00:00:00+01:60",
                                "2024-01-01T00:00:00+01:00:",
                                "2024-01-01T00:00:00+0100:00",
                                "2024-01-01T00:00:00 +01:00",
                                "20240101T000000Z",
                                "+2024-01-01T00:00:00Z",
                                "-024-01-01T00:00:00Z",
                                "1700000000",
                                "2262-04-11T23:47:16.854775808Z",
                                "1677-09-21T00:12:43.145224191Z",
                                "9999-12-31T23:59:59Z"}) {
    EXPECT_EQ(parse_instant_ns(text), std::nullopt) << text;
  }
  EXPECT_EQ(base::parse_instant("9999-12-31T23:59:59Z")->seconds, 253'402'300'799);
  EXPECT_EQ(base::parse_instant("0000-01-01T00:00:00Z")->seconds, -62'167'219'200);
}

TEST(Instant, PrintsAsManyDigitsAsItNeeds) {
  EXPECT_EQ(print_ns(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(print_ns(1'709'210'096'700'000'000), "2024-02-29T12:34:56.700Z");
  EXPECT_EQ(print_ns(1'709'210'096'123'456'000), "2024-02-29T12:34:56.123456Z");
  EXPECT_EQ(print_ns(1'709'210'096'000'000'001), "2024-02-29T12:34:56.000000001Z");
  EXPECT_EQ(print_ns(-1), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(print_ns(std::numeric_limits<int64_t>::max()), "2262-04-11T23:47:16.854775807Z");
  EXPECT_EQ(print_ns(std::numeric_limits<int64_t>::min()), "1677-09-21T00:12:43.145224192Z");
  EXPECT_EQ(print_us(1'709'210'096'700'000), "2024-02-29T12:34:56.700Z");
  EXPECT_EQ(print_us(10'413'791'999'999'999), "2299-12-31T23:59:59.999999Z");
}

TEST(Instant, AgreesWithTheCLibraryOnEveryDay) {
  for (int64_t day = -200; day < 120'600; ++day) {
    const time_t seconds = day * 86'400 + 45'296;
    tm parts{};
    gmtime_r(&seconds, &parts);
    const std::string expected = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                                             parts.tm_hour, parts.tm_min, parts.tm_sec);
    ASSERT_EQ(print_us(seconds * 1'000'000), expected);
    ASSERT_EQ(base::parse_instant(expected)->seconds, seconds);
  }
}

}  // namespace
}  // namespace opik::codec

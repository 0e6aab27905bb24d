// Goal: durations are read as Java reads them, printed as it prints them, and what is none is refused.
// Method: texts and their milliseconds, by hand.

#include "codec/duration.h"

#include <gtest/gtest.h>

namespace opik::codec {
namespace {

TEST(Duration, IsRead) {
  const std::pair<const char*, int64_t> cases[] = {
      {"PT30M", 1'800'000}, {"PT2H", 7'200'000},     {"P1D", 86'400'000},  {"P1DT2H3M4S", 93'784'000}, {"pt5m", 300'000},      {"PT0S", 0},
      {"PT0.5S", 500},      {"PT1.0019S", 1'001},    {"-PT1M", -60'000},   {"PT-1M", -60'000},         {"PT+1M", 60'000},      {"P0D", 0},
      {"PT90M", 5'400'000}, {"PT1H-30M", 1'800'000}, {"P7D", 604'800'000}, {"PT1.000000001S", 1'000},  {"PT100H", 360'000'000}};
  for (const auto& [text, ms] : cases) EXPECT_EQ(parse_duration_ms(text), ms) << text;
}

TEST(Duration, WhatIsNoneIsRefused) {
  for (const char* text : {"",
                           "P",
                           "PT",
                           "30M",
                           "PT30",
                           "P1DT",
                           "PTM",
                           "PT1M1H",
                           "PT1M1M",
                           "P1H",
                           "PT1D",
                           "P1W",
                           "P1Y",
                           "PT1.5M",
                           "PT.5S",
                           "PT1.S",
                           "PT1.0000000001S",
                           " PT1M",
                           "PT1M ",
                           "PT--1M",
                           "PT99999999999999999999S",
                           "P99999999D",
                           "PT1M\n",
                           "PTT1M"}) {
    EXPECT_EQ(parse_duration_ms(text), std::nullopt) << text;
  }
}

TEST(Duration, IsPrintedInHours) {
  const std::pair<int64_t, const char*> cases[] = {{0, "PT0S"},         {1'800, "PT30M"}, {86'400, "PT24H"},
                                                   {3'661, "PT1H1M1S"}, {59, "PT59S"},    {604'800, "PT168H"}};
  for (const auto& [seconds, text] : cases) {
    std::string out;
    append_duration_s(out, seconds);
    EXPECT_EQ(out, text);
  }
}

}  // namespace
}  // namespace opik::codec

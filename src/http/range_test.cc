// Goal: a Range header gives the bytes that RFC 9110 says, and one that is not understood gives all of them.
// Method: a table of headers over a body of 100 bytes.

#include "http/range.h"

#include <gtest/gtest.h>

namespace opik::http {
namespace {

using Kind = RangeAnswer::Kind;

TEST(Range, Table) {
  struct Case {
    const char* header;
    uint64_t length;
    Kind kind;
    uint64_t offset, count;
  };
  for (const Case& c : {Case{"bytes=0-0", 100, Kind::part, 0, 1}, Case{"bytes=0-99", 100, Kind::part, 0, 100},
                        Case{"bytes=10-19", 100, Kind::part, 10, 10}, Case{"bytes=90-", 100, Kind::part, 90, 10},
                        Case{"bytes=90-1000", 100, Kind::part, 90, 10}, Case{"bytes=-10", 100, Kind::part, 90, 10},
                        Case{"bytes=-1000", 100, Kind::part, 0, 100}, Case{"bytes=0-18446744073709551615", 100, Kind::part, 0, 100},
                        Case{"bytes=100-", 100, Kind::unsatisfiable, 0, 0}, Case{"bytes=-0", 100, Kind::unsatisfiable, 0, 0},
                        Case{"bytes=0-", 0, Kind::unsatisfiable, 0, 0}, Case{"bytes=20-10", 100, Kind::whole, 0, 0},
                        Case{"bytes=0-1,5-6", 100, Kind::whole, 0, 0}, Case{"bytes=a-b", 100, Kind::whole, 0, 0},
                        Case{"bytes=-", 100, Kind::whole, 0, 0}, Case{"bytes=18446744073709551616-", 100, Kind::whole, 0, 0},
                        Case{"lines=0-1", 100, Kind::whole, 0, 0}, Case{"bytes=", 100, Kind::whole, 0, 0}}) {
    const RangeAnswer answer = read_range(c.header, c.length);
    EXPECT_EQ(answer.kind, c.kind) << c.header;
    EXPECT_EQ(answer.range.offset, c.offset) << c.header;
    EXPECT_EQ(answer.range.count, c.count) << c.header;
  }
  EXPECT_EQ(read_range(std::nullopt, 100).kind, Kind::whole);
}

}  // namespace
}  // namespace opik::http

// Goal: a chunked body gives the same text however it is cut, and what is not one is refused.
// Method: every cut of whole bodies, a table of broken ones, bodies at the limit and one byte beyond.

#include "http/chunk_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace opik::http {
namespace {

// "body|rest", "more", "malformed" or "too large".
std::string decode(std::string_view text, size_t step = SIZE_MAX, size_t dropped_bytes_max = 100) {
  ChunkDecoder decoder(dropped_bytes_max);
  std::string inbox, body;
  for (;;) {
    const ChunkDecoder::Step got = decoder.decode(inbox);
    body += got.body;
    inbox.erase(0, got.taken);
    if (got.state == ChunkDecoder::State::malformed) return "malformed";
    if (got.state == ChunkDecoder::State::too_large) return "too large";
    if (got.state == ChunkDecoder::State::done) return body + "|" + inbox + std::string(text);
    if (got.taken > 0) continue;
    if (text.empty()) return "more";
    inbox += text.substr(0, step);
    text.remove_prefix(std::min(step, text.size()));
  }
}

TEST(ChunkDecoder, EveryCutGivesTheSame) {
  for (const auto& [text, expected] : {
           std::pair<std::string, std::string>{"0\r\n\r\nNEXT", "|NEXT"},
           {"3\r\nabc\r\n0\r\n\r\n", "abc|"},
           {"3;a=\"b c\"\r\nabc\r\n0010\r\n0123456789abcdef\r\n000;x\r\nT: 1\r\nU:\t2\r\n\r\nNEXT", "abc0123456789abcdef|NEXT"},
           {"2\r\n\r\n\r\n1\r\n0\r\n0\r\n\r\n", "\r\n0|"},
       }) {
    for (size_t step = 1; step <= text.size(); ++step) ASSERT_EQ(decode(text, step), expected) << step;
    for (size_t length = 0; length < text.rfind("\r\n") + 2; ++length) {
      ASSERT_EQ(decode(text.substr(0, length)), "more") << length;
    }
  }
}

TEST(ChunkDecoder, RefusesWhatIsNotOne) {
  for (const char* text : {"x\r\n", "-1\r\na", "+1\r\na", "0x1\r\na", " 1\r\na", "1 \r\na", "\r\n", ";x\r\n", "1\na\r\n0\r\n\r\n",
                           "1\r\r\na", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nabc\n0\r\n\r\n", "1;a\nb\r\n", "1;a\x01\r\n", "0\r\nT: a\nb\r\n\r\n",
                           "0\r\nT: a\rb\r\n\r\n", "0\r\n\n", "0\r\n\rx", "11111111111111111\r\n"}) {
    EXPECT_EQ(decode(text), "malformed") << text;
    EXPECT_EQ(decode(text, 1), "malformed") << text;
  }
  EXPECT_EQ(decode(std::string("1;\0\r\na", 6)), "malformed");
}

TEST(ChunkDecoder, LimitsWhatItDrops) {
  const std::string half(50, 'x');
  EXPECT_EQ(decode("1;" + half + "\r\na\r\n0\r\n" + half + "\r\n\r\n"), "a|");
  EXPECT_EQ(decode("1;" + half + "\r\na\r\n0\r\nx" + half + "\r\n\r\n"), "too large");
  EXPECT_EQ(decode("1;" + std::string(101, 'x')), "too large");
}

TEST(ChunkDecoder, AHugeSizeIsOnlyANumber) { EXPECT_EQ(decode("ffffffffffffffff\r\nabc"), "more"); }

}  // namespace
}  // namespace opik::http

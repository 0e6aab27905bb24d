// Goal: requests are understood in one way only, however they are cut, and anything ambiguous is refused.
// Method: whole requests and every cut of them; a table of requests that must be refused with their status.

#include "http/request_parser.h"

#include <gtest/gtest.h>

namespace opik::http {
namespace {

// Feeds `text` in pieces of `step` bytes as a connection does. "POST /x length=... rest=...", "more", or the refusal's status.
std::string parse(std::string_view text, size_t step = SIZE_MAX, size_t header_bytes_max = 4096) {
  RequestParser parser(header_bytes_max);
  std::string inbox;
  for (;;) {
    const RequestParser::Step got = parser.head(inbox);
    if (got.state == RequestParser::State::refused) return std::to_string(parser.refusal().status);
    inbox.erase(0, got.taken);
    if (got.state == RequestParser::State::done) {
      const std::string length = parser.parsed().chunked ? "chunked" : std::to_string(parser.parsed().content_length);
      return parser.parsed().target + " length=" + length + " rest=" + inbox + std::string(text);
    }
    if (got.taken > 0) continue;
    if (text.empty()) return "more";
    inbox += text.substr(0, step);
    text.remove_prefix(std::min(step, text.size()));
  }
}

std::string with(std::string headers) { return "POST /x HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n"; }

TEST(RequestParser, ReadsAHead) {
  RequestParser parser(4096);
  const std::string text =
      "PATCH /a?b=c HTTP/1.1\r\nHost: h\r\nX-Thing:  two words \r\nContent-Length: 12\r\nexpect: 100-Continue\r\n\r\nbody";
  const RequestParser::Step step = parser.head(text);
  ASSERT_EQ(step.state, RequestParser::State::done);
  EXPECT_EQ(text.substr(step.taken), "body");
  const Head& head = parser.parsed();
  EXPECT_EQ(head.method, Method::patch);
  EXPECT_EQ(head.target, "/a?b=c");
  EXPECT_EQ(head.headers, (Pairs{{"host", "h"}, {"x-thing", "two words"}, {"content-length", "12"}, {"expect", "100-Continue"}}));
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_TRUE(head.expects_continue);
  EXPECT_FALSE(head.chunked);
}

TEST(RequestParser, KeepAlive) {
  const auto keeps = [](std::string text) {
    RequestParser parser(4096);
    EXPECT_EQ(parser.head(text).state, RequestParser::State::done) << text;
    return parser.parsed().keep_alive;
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(RequestParser, EveryCutGivesTheSame) {
  const std::string chunked = with("Transfer-Encoding: chunked\r\nX: y\r\n") + "3\r\nabc";
  const std::string sized = "\r\n\r\n" + with("Content-Length: 4\r\n") + "body";
  for (size_t step = 1; step < 80; ++step) {
    ASSERT_EQ(parse(chunked, step), "/x length=chunked rest=3\r\nabc") << step;
    ASSERT_EQ(parse(sized, step), "/x length=4 rest=body") << step;
  }
  for (size_t length = 0; length < sized.size() - 4; ++length) ASSERT_EQ(parse(sized.substr(0, length)), "more") << length;
}

TEST(RequestParser, RefusesWhatCanBeReadInTwoWays) {
  for (const char* headers : {
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
           "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked, identity\r\n",
           "Transfer-Encoding: gzip, chunked\r\n",
           "Transfer-Encoding: identity\r\n",
           "Transfer-Encoding: xchunked\r\n",
           "Transfer-Encoding:\r\n",
           "Transfer-Encoding : chunked\r\n",
           "Content-Length: 5\r\nContent-Length: 6\r\n",
           "Content-Length: 5\r\nContent-Length: 5\r\n",
           "Content-Length: 5, 5\r\n",
           "Content-Length: +5\r\n",
           "Content-Length: -1\r\n",
           "Content-Length: 0x10\r\n",
           "Content-Length: 5 5\r\n",
           "Content-Length: 99999999999999999999\r\n",
           "Content-Length: \r\n",
           "Content-Length\r\n",
           "Host: other\r\n",
           " folded: x\r\n",
           "Transfer-Encoding:\r\n chunked\r\n",
           "Bad Name: x\r\n",
           ": x\r\n",
       }) {
    EXPECT_EQ(parse(with(headers)), "400") << headers;
  }
  EXPECT_EQ(parse(with(std::string("X: a\0b\r\n", 8))), "400");
  EXPECT_EQ(parse(with("X: a\rb\r\n")), "400");
  EXPECT_EQ(parse(with("Expect: the moon\r\n")), "417");
}

TEST(RequestParser, RefusesBrokenRequestLines) {
  for (const char* line : {"GET", " GET / HTTP/1.1", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", "G\x01T / HTTP/1.1", "GET /a b HTTP/1.1",
                           "GET / HTTQ/1.1", "GET / HTTP/1.x", "GET /\x7f HTTP/1.1", "{\"json\":1}"}) {
    EXPECT_EQ(parse(std::string(line) + "\r\nHost: h\r\n\r\n"), "400") << line;
  }
  EXPECT_EQ(parse("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), "505");
  EXPECT_EQ(parse("GET / HTTP/1.1\r\n\r\n"), "400");
  EXPECT_EQ(parse("GET / HTTP/1.0\r\n\r\n"), "/ length=0 rest=");
  EXPECT_EQ(parse("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "400");
  EXPECT_EQ(parse("GET / HTTP/1.1\nHost: h\n\n"), "400");
}

TEST(RequestParser, KeepsTheLimitOfTheHead) {
  const auto of_size = [](size_t bytes) {
    std::string text = with("X: ");
    text.insert(text.size() - 2, std::string(bytes - text.size() - 2, 'x') + "\r\n");
    EXPECT_EQ(text.size(), bytes);
    return text;
  };
  for (const size_t step : {size_t{7}, size_t{1000}, size_t{100'000}}) {
    EXPECT_EQ(parse(of_size(1000), step, 1000), "/x length=0 rest=") << step;
    EXPECT_EQ(parse(of_size(1001), step, 1000), "431") << step;
    EXPECT_EQ(parse("GET /" + std::string(5000, 'x'), step, 1000), "431") << step;
    EXPECT_EQ(parse(std::string(5000, 'x'), step, 1000), "431") << step;
  }
  std::string many;
  for (size_t i = 0; i < kHeadersMax; ++i) many += "a: b\r\n";
  EXPECT_EQ(parse(with(many), SIZE_MAX, 64 << 10), "431");
}

}  // namespace
}  // namespace opik::http

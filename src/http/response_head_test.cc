// Goal: the text before a body says what the response is, and nothing that a handler puts in a header can break it.
// Method: whole heads compared.

#include "http/response_head.h"

#include <gtest/gtest.h>

namespace opik::http {
namespace {

TEST(ResponseHead, SaysAllFacts) {
  Response response = plain_error(404, "no");
  response.headers = {{"Location", "/x"}};
  HeadFacts facts;
  facts.body_bytes = 25;
  facts.gzipped = facts.varies_by_encoding = facts.close = true;
  facts.cors_origin = "http://ui";
  EXPECT_EQ(response_head(response, facts),
            "HTTP/1.1 404 Not Found\r\n"
            "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
            "Content-Type: application/json\r\n"
            "Content-Encoding: gzip\r\n"
            "Content-Length: 25\r\n"
            "Connection: close\r\n"
            "Vary: Accept-Encoding\r\n"
            "Access-Control-Allow-Origin: http://ui\r\n"
            "Access-Control-Allow-Credentials: true\r\n"
            "Access-Control-Expose-Headers: Location, X-Opik-Actual-Model, X-Opik-Provider\r\n"
            "Vary: Origin\r\n"
            "Location: /x\r\n\r\n");
}

TEST(ResponseHead, AHandlersHeaderCannotBreakTheFraming) {
  Response response;
  response.headers = {
      {"Location", "/x\r\nSet-Cookie: a=b"}, {"content-LENGTH", "7"}, {"Transfer-Encoding", "chunked"}, {"bad name", "x"}, {"", "x"}};
  HeadFacts facts;
  facts.framing = Framing::none;
  facts.has_type = false;
  EXPECT_EQ(response_head(response, facts),
            "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nLocation: /x  Set-Cookie: a=b\r\n\r\n");
}

TEST(ResponseHead, Dates) {
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
  EXPECT_EQ(http_date(1772323199), "Sat, 28 Feb 2026 23:59:59 GMT");
  EXPECT_EQ(http_date(4107542400), "Mon, 01 Mar 2100 00:00:00 GMT");
}

TEST(PlainError, EscapesItsMessage) {
  EXPECT_EQ(plain_error(400, "a \"b\"\\\n\x01").body, "{\"code\":400,\"message\":\"a \\\"b\\\"\\\\\\u000a\\u0001\"}");
}

}  // namespace
}  // namespace opik::http

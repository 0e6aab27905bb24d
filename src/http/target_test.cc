// Goal: a request target becomes the path and query that handlers expect, or a refusal.
// Method: targets and what they must give, and targets that must be refused.

#include "http/target.h"

#include <gtest/gtest.h>

namespace opik::http {
namespace {

std::string path_of(std::string_view text) {
  const base::Result<Target> target = parse_target(text);
  return target ? target->path : "refused";
}

std::string query_of(std::string_view text) {
  const base::Result<Target> target = parse_target(text);
  if (!target) return "refused";
  std::string shown;
  for (const auto& [name, value] : target->query) shown += "[" + name + "=" + value + "]";
  return shown;
}

TEST(Target, DropsApiAndOneSlash) {
  EXPECT_EQ(path_of("/api/v1/private/traces"), "/v1/private/traces");
  EXPECT_EQ(path_of("/v1/private/traces/"), "/v1/private/traces");
  EXPECT_EQ(path_of("/api/is-alive/ping"), "/is-alive/ping");
  EXPECT_EQ(path_of("/api"), "/");
  EXPECT_EQ(path_of("/api/"), "/");
  EXPECT_EQ(path_of("/api?x=1"), "/");
  EXPECT_EQ(path_of("/"), "/");
  EXPECT_EQ(path_of("/apis"), "/apis");
  EXPECT_EQ(path_of("/v1//"), "/v1/");
  EXPECT_EQ(path_of("/api/api/x"), "/api/x");
}

TEST(Target, DecodesThePath) {
  EXPECT_EQ(path_of("/a%20b/%C3%A9+"), "/a b/\xC3\xA9+");
  EXPECT_EQ(path_of("http://host:5173/api/x?y"), "/x");
  EXPECT_EQ(path_of("http://host"), "/");
  EXPECT_EQ(path_of("http://host?x=1"), "/");
  EXPECT_EQ(path_of("*"), "*");
}

TEST(Target, DecodesTheQuery) {
  EXPECT_EQ(query_of("/x?a=1&b=two+words&c=%7B%22%7D&d&=e&&f=g=h"), "[a=1][b=two words][c={\"}][d=][=e][f=g=h]");
  EXPECT_EQ(query_of("/x"), "");
  EXPECT_EQ(query_of("/x?"), "");
  EXPECT_EQ(query_of("/x?a%2Fb=%2f"), "[a/b=/]");
}

TEST(Target, RefusesWhatIsNotText) {
  for (const char* text : {"/%", "/%4", "/%zz", "/a%2fb", "/a%00", "/%ff", "/%c0%af", "/%ed%a0%80", "/%f4%90%80%80", "/%e2%82", "x", "",
                           "://x", "/x?a=%", "/x?%g0=1", "/x?a=%ff", "/\xff"}) {
    EXPECT_EQ(path_of(text), "refused") << text;
  }
  EXPECT_EQ(path_of(std::string_view("/a\0b", 4)), "refused");
}

}  // namespace
}  // namespace opik::http

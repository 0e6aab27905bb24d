// Goal: a path finds its route, literal segments first, and says what is allowed when the method is wrong.
// Method: a table of routes whose handlers are told apart by what they answer; paths and the answers they must give.

#include "http/router.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "http/response_head.h"

namespace opik::http {
namespace {

class Routes : public testing::Test {
 protected:
  Routes() {
    add(Method::get, "/");
    add(Method::get, "/traces/{id}");
    add(Method::del, "/traces/{id}");
    add(Method::post, "/traces/batch");
    add(Method::get, "/traces/{id}/spans/{span}");
    add(Method::get, "/traces/stats/all");
    add(Method::head, "/with-head");
    add(Method::get, "/with-head");
  }
  void add(Method method, std::string pattern) {
    const std::string shown = std::string(method_name(method)) + " " + pattern;
    router_.add(method, pattern, [shown](Request, Reply reply) { reply(plain_error(200, shown)); });
  }
  // "GET /traces/{id} id=7", "405 GET, HEAD", "404".
  std::string match(Method method, std::string_view path) {
    const Router::Match match = router_.match(method, path);
    if (!match.path_known) return "404";
    if (match.handler == nullptr) return "405 " + method_list(match.allowed);
    std::string shown;
    (*match.handler)(Request(), [&](Response response) { shown = std::move(response.body); });
    shown = shown.substr(23, shown.size() - 25);
    EXPECT_NE(shown.find(match.pattern), std::string::npos);
    for (const auto& [name, value] : match.path_params) shown += " " + name + "=" + value;
    return shown;
  }
  Router router_;
};

TEST_F(Routes, LiteralsWinOverParameters) {
  EXPECT_EQ(match(Method::get, "/traces/7"), "GET /traces/{id} id=7");
  EXPECT_EQ(match(Method::post, "/traces/batch"), "POST /traces/batch");
  EXPECT_EQ(match(Method::get, "/traces/stats/all"), "GET /traces/stats/all");
  EXPECT_EQ(match(Method::get, "/traces/batch"), "405 POST, OPTIONS");
}

TEST_F(Routes, FallBackToTheParameterWhenTheLiteralLeadsNowhere) {
  EXPECT_EQ(match(Method::get, "/traces/stats"), "GET /traces/{id} id=stats");
  EXPECT_EQ(match(Method::get, "/traces/stats/spans/2"), "GET /traces/{id}/spans/{span} id=stats span=2");
  EXPECT_EQ(match(Method::get, "/traces/batch/spans/2"), "GET /traces/{id}/spans/{span} id=batch span=2");
}

TEST_F(Routes, UnknownPaths) {
  for (const char* path :
       {"/x", "/traces", "/traces/", "/traces//", "/traces/7/", "/traces//spans/2", "/traces/7/spans", "//", "", "traces/7", "*"}) {
    EXPECT_EQ(match(Method::get, path), "404") << path;
  }
  EXPECT_EQ(match(Method::get, "/"), "GET /");
}

TEST_F(Routes, WrongMethods) {
  EXPECT_EQ(match(Method::put, "/traces/7"), "405 GET, DELETE, HEAD, OPTIONS");
  EXPECT_EQ(match(Method::other, "/traces/7"), "405 GET, DELETE, HEAD, OPTIONS");
  EXPECT_EQ(match(Method::options, "/traces/batch"), "405 POST, OPTIONS");
}

TEST_F(Routes, HeadIsGet) {
  EXPECT_EQ(match(Method::head, "/traces/7"), "GET /traces/{id} id=7");
  EXPECT_EQ(match(Method::head, "/with-head"), "HEAD /with-head");
  EXPECT_EQ(match(Method::head, "/traces/batch"), "405 POST, OPTIONS");
}

TEST_F(Routes, KnowsBodyTypes) {
  router_.add(Method::put, "/upload", [](Request, Reply) {}, {"*"});
  EXPECT_EQ(router_.match(Method::put, "/upload").body_types[0], "*");
  EXPECT_EQ(router_.match(Method::post, "/traces/batch").body_types[0], "application/json");
}

}  // namespace
}  // namespace opik::http

// Goal: every kind of failure has its status and shape, the reason of an internal one stays inside, and a batch says what became
// of each item.
// Method: whole responses compared.

#include "api/api_test.h"

namespace opik::api {
namespace {

using base::Code;
using base::Error;

TEST(ErrorResponse, StatusAndShape) {
  const auto answer = [](Code code) {
    const http::Response response = error_response({code, "why"});
    return std::pair(response.status, Json::parse(response.body));
  };
  EXPECT_EQ(answer(Code::malformed), std::pair(400, code_message(400, "why")));
  EXPECT_EQ(answer(Code::invalid), std::pair(400, errors({"why"})));
  EXPECT_EQ(answer(Code::unsupported), std::pair(400, code_message(400, "why")));
  EXPECT_EQ(answer(Code::unprocessable), std::pair(422, errors({"why"})));
  EXPECT_EQ(answer(Code::not_found), std::pair(404, code_message(404, "why")));
  EXPECT_EQ(answer(Code::conflict), std::pair(409, errors({"why"})));
  EXPECT_EQ(answer(Code::busy), std::pair(429, code_message(429, "why")));
  EXPECT_EQ(answer(Code::unavailable), std::pair(503, code_message(503, "why")));
}

TEST(ErrorResponse, BusySaysWhenToComeBack) {
  const http::Response response = error_response({Code::busy, "why"});
  EXPECT_EQ(response.headers, (http::Pairs{{"RateLimit-Reset", "1"}, {"Retry-After", "1"}}));
}

TEST(ErrorResponse, InternalKeepsItsReasonInside) {
  const http::Response response = error_response({Code::internal, "row 7 of /secret/file"});
  EXPECT_EQ(response.status, 500);
  const Json body = Json::parse(response.body);
  EXPECT_EQ(body.at("code"), 500);
  const std::string message = body.at("message");
  EXPECT_EQ(message.find("secret"), std::string::npos);
  EXPECT_TRUE(message.starts_with("There was an error processing your request. It has been logged (ID ")) << message;
}

TEST(BatchResponse, NothingRefused) {
  const http::Response response = batch_response({}, 3);
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(response.headers, (http::Pairs{{"Accept-Encoding", "zstd, gzip, deflate"}}));
}

TEST(BatchResponse, SomeRefusedInOrderOfTheList) {
  const base::Uuid id = base::Uuid::v7();
  const http::Response response = batch_response({{5, {}, {Code::malformed, "b"}}, {2, id, {Code::unprocessable, "a"}}}, 3);
  EXPECT_EQ(response.status, 422);
  const Json expected{{"errors", {"a", "b"}},
                      {"rejected", {{{"index", 2}, {"id", id.text()}, {"error", "a"}}, {{"index", 5}, {"error", "b"}}}},
                      {"stored", 3}};
  Json body = Json::parse(response.body);
  if (body.at("rejected").at(1).contains("id")) body.at("rejected").at(1).erase("id");  // an unknown id is null or absent
  EXPECT_EQ(body, expected);
}

TEST(BatchResponse, AllRefusedTakesTheFirstReasonsStatus) {
  EXPECT_EQ(batch_response({{0, {}, {Code::invalid, "a"}}, {1, {}, {Code::unprocessable, "b"}}}, 0).status, 400);
  EXPECT_EQ(batch_response({{1, {}, {Code::invalid, "a"}}, {0, {}, {Code::unprocessable, "b"}}}, 0).status, 422);
  const http::Response response = batch_response({{0, {}, {Code::malformed, "a"}}}, 0);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(Json::parse(response.body), code_message(400, "a"));
}

// A disk that takes nothing.
class FullDisk : public store::TraceWriter {
 public:
  base::Result<void> begin() override { return Error{Code::unavailable, "begin: the disk is full"}; }
  base::Result<void> commit() override { return {}; }
  void rollback() override {}
  base::Result<store::WriteReport> apply(store::PreparedBatch&) override { return store::WriteReport{}; }
  base::Result<void> delete_traces(int64_t, const std::vector<base::Uuid>&, std::optional<int64_t>, int64_t) override { return {}; }
  base::Result<void> put_scores(int64_t, model::Kind, const std::vector<model::FeedbackScore>&) override { return {}; }
  base::Result<void> delete_score(int64_t, model::Kind, const base::Uuid&, const std::string&, const std::string&) override { return {}; }
};

class FullDiskTest : public ApiTest {
 protected:
  FullDiskTest() { add_routes(full_router_, {full_ingest_, store_, store_, arrivals_, http_counters_, budget_, counters_}); }
  void SetUp() override { std::swap(router_, full_router_); }

  FullDisk disk_;
  http::Router full_router_;
  ingest::Ingest full_ingest_{store_, {disk_, store_}};
};

TEST_F(FullDiskTest, EveryWriteIsRefusedWith503) {
  const Json trace{{"id", id(1)}, {"start_time", "2024-05-01T00:00:00Z"}};
  const Json expected = code_message(503, "begin: the disk is full");
  const Json score{{"id", id(1)}, {"name", "s"}, {"value", 1}, {"source", "sdk"}};
  for (const Got& got : {post("/v1/private/traces", trace), post("/v1/private/traces/batch", {{"traces", {trace}}}),
                         patch("/v1/private/traces/" + id(1), {{"name", "x"}}), del("/v1/private/traces/" + id(1)),
                         put("/v1/private/traces/feedback-scores", {{"scores", {score}}}), post("/v1/private/projects", {{"name", "p"}})}) {
    EXPECT_EQ(got.status, 503);
    EXPECT_EQ(got.json(), expected);
  }
  EXPECT_EQ(counters_.items_stored, 0u);
  EXPECT_EQ(held_bytes(), 0);
}

}  // namespace
}  // namespace opik::api

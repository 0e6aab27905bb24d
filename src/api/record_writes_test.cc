// Goal: what creates and updates of traces and spans answer, for good input and for every bad one, and that what was answered
// 2xx reads back whole.
// Method: requests through the router; whole bodies compared, except for the times that the server sets.

#include "api/api_test.h"

namespace opik::api {
namespace {

using RecordWritesTest = ApiTest;

constexpr const char* kStart = "2024-05-01T00:00:00Z";

// Without what the server sets itself.
Json without_times(Json record) {
  for (const char* name : {"created_at", "last_updated_at", "project_id"}) {
    EXPECT_TRUE(record.contains(name)) << name;
    record.erase(name);
  }
  return record;
}

TEST_F(RecordWritesTest, TraceReadsBackWhole) {
  const Json trace{{"id", id(1)},
                   {"project_name", "p"},
                   {"name", "n"},
                   {"start_time", kStart},
                   {"end_time", "2024-05-01T00:00:01.5Z"},
                   {"input", {{"big", 12345678901234567890u}, {"a", {1, 2}}}},
                   {"output", "text"},
                   {"metadata", {{"k", nullptr}}},
                   {"tags", {"x", "y"}},
                   {"thread_id", "t"},
                   {"error_info", {{"exception_type", "E"}, {"traceback", "tb"}}},
                   {"ttft", 12.5},
                   {"unknown_member", true}};
  const Got created = post("/v1/private/traces", trace);
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.body, "");
  EXPECT_EQ(created.header("Location"), "/v1/private/traces/" + id(1));

  const Got got = get("/v1/private/traces/" + id(1));
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.content_type, "application/json");
  const Json read = without_times(got.json());
  for (const char* name : {"id", "name", "start_time", "input", "output", "metadata", "tags", "thread_id", "error_info", "ttft"}) {
    EXPECT_EQ(read.at(name), trace.at(name)) << name;
  }
  EXPECT_EQ(read.at("end_time"), "2024-05-01T00:00:01.500Z");
  EXPECT_EQ(read.at("duration"), 1500);
  EXPECT_EQ(read.at("source"), "sdk");
  EXPECT_EQ(read.at("visibility_mode"), "default");
  EXPECT_EQ(read.at("span_count"), 0);
  EXPECT_FALSE(read.contains("project_name"));
  EXPECT_FALSE(read.contains("unknown_member"));
}

TEST_F(RecordWritesTest, SpanReadsBackWhole) {
  const Json span{{"id", id(2)},
                  {"trace_id", id(1)},
                  {"parent_span_id", id(3)},
                  {"project_name", "p"},
                  {"name", "n"},
                  {"type", "llm"},
                  {"start_time", kStart},
                  {"model", "m"},
                  {"provider", "openai"},
                  {"usage", {{"total_tokens", 7}}},
                  {"input", {{"q", 1}}},
                  {"total_estimated_cost", 0.25}};
  const Got created = post("/v1/private/spans", span);
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.header("Location"), "/v1/private/spans/" + id(2));
  const Json read = get("/v1/private/spans/" + id(2)).json();
  for (const auto& [name, value] : span.items()) EXPECT_EQ(read.at(name), value) << name;
}

TEST_F(RecordWritesTest, CreateWithoutAnIdGetsOne) {
  const Got created = post("/v1/private/traces", {{"start_time", kStart}});
  EXPECT_EQ(created.status, 201);
  const std::string location = created.header("Location");
  EXPECT_EQ(get(location).status, 200) << location;
}

// Opik answers 409 here; the brief says that every create is an upsert.
TEST_F(RecordWritesTest, CreateOfAKnownIdOverwrites) {
  ASSERT_EQ(post("/v1/private/traces", {{"id", id(1)}, {"start_time", kStart}, {"name", "old"}, {"input", {{"a", 1}}}}).status, 201);
  EXPECT_EQ(post("/v1/private/traces", {{"id", id(1)}, {"start_time", kStart}, {"name", "new"}}).status, 201);
  const Json read = get("/v1/private/traces/" + id(1)).json();
  EXPECT_EQ(read.at("name"), "new");
  EXPECT_FALSE(read.contains("input"));
}

TEST_F(RecordWritesTest, UpdateBeforeItsCreateIsKept) {
  EXPECT_EQ(patch("/v1/private/traces/" + id(1), {{"output", {{"answer", 42}}}}).status, 204);
  EXPECT_EQ(get("/v1/private/traces/" + id(1)).json().at("output"), Json({{"answer", 42}}));
  ASSERT_EQ(post("/v1/private/traces/batch", {{"traces", {{{"id", id(1)}, {"start_time", kStart}, {"name", "n"}}}}}).status, 204);
  const Json read = get("/v1/private/traces/" + id(1)).json();
  EXPECT_EQ(read.at("output"), Json({{"answer", 42}}));
  EXPECT_EQ(read.at("name"), "n");
}

TEST_F(RecordWritesTest, BatchUpdateBeforeTheCreatesIsKept) {
  const Json update{{"ids", {id(1), id(2)}}, {"update", {{"trace_id", id(9)}, {"output", {{"x", 1}}}}}, {"merge_tags", false}};
  const Got got = patch("/v1/private/spans/batch", update);
  EXPECT_EQ(got.status, 204);
  EXPECT_EQ(got.body, "");
  for (int n : {1, 2}) EXPECT_EQ(get("/v1/private/spans/" + id(n)).json().at("output"), Json({{"x", 1}})) << n;
}

TEST_F(RecordWritesTest, ItemsOfOneBatchArriveInOrder) {
  const Json first{{"id", id(1)}, {"start_time", kStart}, {"name", "first"}};
  const Json second{{"id", id(1)}, {"start_time", kStart}, {"name", "second"}};
  ASSERT_EQ(post("/v1/private/traces/batch", {{"traces", {first, second}}}).status, 204);
  EXPECT_EQ(get("/v1/private/traces/" + id(1)).json().at("name"), "second");
}

TEST_F(RecordWritesTest, OneBadItemCostsNoOther) {
  const Json good{{"id", id(1)}, {"start_time", kStart}};
  const Json bad{{"id", id(2)}};
  const Json good_too{{"id", id(3)}, {"start_time", kStart}};
  const Got got = post("/v1/private/traces/batch", {{"traces", {good, bad, good_too}}});
  EXPECT_EQ(got.status, 422);
  const Json body = got.json();
  EXPECT_EQ(body.at("errors"), Json({"traces[1].startTime must not be null"}));
  EXPECT_EQ(body.at("rejected"), Json::array({{{"index", 1}, {"id", id(2)}, {"error", "traces[1].startTime must not be null"}}}));
  EXPECT_EQ(body.at("stored"), 2);
  EXPECT_EQ(get("/v1/private/traces/" + id(1)).status, 200);
  EXPECT_EQ(get("/v1/private/traces/" + id(2)).status, 404);
  EXPECT_EQ(get("/v1/private/traces/" + id(3)).status, 200);
  EXPECT_EQ(counters_.items_stored, 2u);
  EXPECT_EQ(counters_.items_rejected, 1u);
}

TEST_F(RecordWritesTest, BatchesThatAreBadAsAWhole) {
  const std::string path = "/v1/private/traces/batch";
  EXPECT_EQ(send(http::Method::post, path, "").status, 422);
  EXPECT_EQ(send(http::Method::post, path, "").json(), errors({"The request body must not be null"}));
  EXPECT_EQ(send(http::Method::post, path, " null ").json(), errors({"The request body must not be null"}));
  const Got not_json = send(http::Method::post, path, "{\"traces\":[");
  EXPECT_EQ(not_json.status, 400);
  EXPECT_EQ(not_json.json().at("code"), 400);
  EXPECT_TRUE(not_json.json().at("message").get<std::string>().starts_with("Unable to process JSON")) << not_json.body;
  EXPECT_EQ(post(path, {{"traces", Json::array()}}).status, 422);
  Json many = Json::array();
  for (int n = 0; n < 1001; ++n) many.push_back({{"id", id(n)}, {"start_time", kStart}});
  const Got too_many = post(path, {{"traces", many}});
  EXPECT_EQ(too_many.status, 422);
  EXPECT_EQ(too_many.json(), errors({"traces size must be between 1 and 1000"}));
  EXPECT_EQ(get("/v1/private/traces/" + id(0)).status, 404);
  many.erase(1000);
  EXPECT_EQ(post(path, {{"traces", many}}).status, 204);
}

TEST_F(RecordWritesTest, BadItemsAlone) {
  struct Case {
    const char* what;
    Json trace;
    int status;
  };
  for (const Case& c : {
           Case{"id of another version", {{"id", "550e8400-e29b-41d4-a716-446655440000"}, {"start_time", kStart}}, 400},
           Case{"no start", {{"id", id(1)}}, 422},
           Case{"start before 1970", {{"id", id(1)}, {"start_time", "1969-12-31T23:59:59Z"}}, 422},
           Case{"start without a zone", {{"id", id(1)}, {"start_time", "2024-05-01T00:00:00"}}, 400},
           Case{"wrong type", {{"id", id(1)}, {"start_time", kStart}, {"name", {{"a", 1}}}}, 400},
           Case{"not an id", {{"id", "x"}, {"start_time", kStart}}, 400},
           Case{"blank project", {{"id", id(1)}, {"start_time", kStart}, {"project_name", "  "}}, 422},
       }) {
    EXPECT_EQ(post("/v1/private/traces", c.trace).status, c.status) << c.what;
    EXPECT_EQ(post("/v1/private/traces/batch", {{"traces", {c.trace}}}).status, c.status) << c.what;
    EXPECT_EQ(get("/v1/private/traces/" + id(1)).status, 404) << c.what;
  }
  EXPECT_EQ(post("/v1/private/traces", {{"id", "550e8400-e29b-41d4-a716-446655440000"}, {"start_time", kStart}}).json(),
            errors({"Trace id must be a version 7 UUID"}));
}

TEST_F(RecordWritesTest, BadUpdates) {
  EXPECT_EQ(patch("/v1/private/traces/not-an-id", {{"name", "x"}}).json(), code_message(404, "HTTP 404 Not Found"));
  EXPECT_EQ(patch("/v1/private/traces/550e8400-e29b-41d4-a716-446655440000", {{"name", "x"}}).status, 400);
  EXPECT_EQ(send(http::Method::patch, "/v1/private/traces/" + id(1), "").status, 422);
  EXPECT_EQ(send(http::Method::patch, "/v1/private/traces/" + id(1), "[").status, 400);
  EXPECT_EQ(patch("/v1/private/spans/" + id(1), {{"name", "no trace_id"}}).status, 422);
  Json tags = Json::array();
  for (int n = 0; n < 51; ++n) tags.push_back(std::to_string(n));
  EXPECT_EQ(patch("/v1/private/traces/" + id(1), {{"tags", tags}}).status, 422);
  EXPECT_EQ(patch("/v1/private/traces/batch", {{"ids", Json::array()}, {"update", {{"name", "x"}}}}).status, 422);
  EXPECT_EQ(patch("/v1/private/traces/batch", {{"ids", {id(1)}}}).status, 422);
  EXPECT_EQ(get("/v1/private/traces/" + id(1)).status, 404);
}

// What a request draws from the budget comes back when it is answered, whatever the answer.
TEST_F(RecordWritesTest, BudgetIsGivenBack) {
  post("/v1/private/traces", {{"id", id(1)}, {"start_time", kStart}});
  post("/v1/private/traces", {{"id", id(1)}});
  patch("/v1/private/traces/" + id(1), {{"name", "x"}});
  post("/v1/private/traces/batch", {{"traces", {{{"id", id(1)}, {"start_time", kStart}}}}});
  EXPECT_EQ(held_bytes(), 0);
}

}  // namespace
}  // namespace opik::api

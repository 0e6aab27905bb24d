// Goal: what lists, searches, statistics, deletions and links of traces and spans answer, for good and for bad questions.
// Method: a few rows written through the API, then asked for.

#include "api/api_test.h"
#include "api/limits.h"

namespace opik::api {
namespace {

// Five traces (ids of 1 to 5 ms after the epoch of id()) in project p, three spans of the first.
class RecordReadsTest : public ApiTest {
 protected:
  RecordReadsTest() {
    Json traces = Json::array();
    for (int n = 1; n <= 5; ++n)
      traces.push_back({{"id", id(n)}, {"project_name", "p"}, {"name", "t" + std::to_string(n)}, {"start_time", kStart}});
    EXPECT_EQ(post("/v1/private/traces/batch", {{"traces", traces}}).status, 204);
    Json spans = Json::array();
    for (int n = 11; n <= 13; ++n) {
      spans.push_back({{"id", id(n)},
                       {"trace_id", id(n == 13 ? 2 : 1)},
                       {"project_name", "p"},
                       {"type", n == 12 ? "llm" : "tool"},
                       {"start_time", kStart}});
    }
    EXPECT_EQ(post("/v1/private/spans/batch", {{"spans", spans}}).status, 204);
    project_id_ = post("/v1/private/projects/retrieve", {{"name", "p"}}).json().at("id");
  }

  // The ids of a page, as their numbers in id().
  std::vector<int> listed(const std::string& target) {
    const Got got = get(target);
    EXPECT_EQ(got.status, 200) << target << " " << got.body;
    std::vector<int> numbers;
    const Json page = got.json();
    for (const Json& record : page.at("content")) numbers.push_back(number(record));
    return numbers;
  }
  // The ids of a stream.
  std::vector<int> found(const std::string& target, const Json& body) {
    const Got got = post(target, body);
    EXPECT_EQ(got.status, 200) << got.body;
    EXPECT_EQ(got.content_type, "application/octet-stream");
    std::vector<int> numbers;
    for (size_t at = 0; at < got.body.size();) {
      const size_t end = got.body.find("\r\n", at);
      EXPECT_NE(end, std::string::npos) << "a line without an end";
      if (end == std::string::npos) break;
      numbers.push_back(number(Json::parse(got.body.substr(at, end - at))));
      at = end + 2;
    }
    return numbers;
  }
  static int number(const Json& record) {
    const std::string text = record.at("id");
    for (int n = 0; n < 4000; ++n) {
      if (id(n) == text) return n;
    }
    return -1;
  }

  static constexpr const char* kStart = "2024-05-01T00:00:00Z";
  std::string project_id_;
};

using Numbers = std::vector<int>;

TEST_F(RecordReadsTest, Pages) {
  const Json page = get("/v1/private/traces?project_name=p&page=2&size=2").json();
  EXPECT_EQ(page.at("page"), 2);
  EXPECT_EQ(page.at("size"), 2);
  EXPECT_EQ(page.at("total"), 5);
  EXPECT_EQ(page.at("sortable_by").size(), 19u);
  EXPECT_EQ(get("/v1/private/spans?project_name=p").json().at("sortable_by").at(2), "type");
  EXPECT_EQ(listed("/v1/private/traces?project_name=p"), (Numbers{5, 4, 3, 2, 1}));
  EXPECT_EQ(listed("/v1/private/traces?project_name=P&page=3&size=2"), Numbers{1});
  EXPECT_EQ(listed("/v1/private/traces?project_id=" + project_id_ + "&page=9"), Numbers{});
}

TEST_F(RecordReadsTest, SpansByTraceAndType) {
  EXPECT_EQ(listed("/v1/private/spans?project_name=p&trace_id=" + id(1)), (Numbers{12, 11}));
  EXPECT_EQ(listed("/v1/private/spans?project_name=p&type=llm"), Numbers{12});
  EXPECT_EQ(listed("/v1/private/spans?project_name=p&type=guardrail"), Numbers{});
}

TEST_F(RecordReadsTest, TimesAreTimesOfIds) {
  EXPECT_EQ(listed("/v1/private/traces?project_name=p&from_time=2024-05-01T00:00:00.003Z"), (Numbers{5, 4, 3}));
  EXPECT_EQ(listed("/v1/private/traces?project_name=p&from_time=2024-05-01T00:00:00.002Z&to_time=2024-05-01T00:00:00.003Z"),
            (Numbers{3, 2}));
  EXPECT_EQ(listed("/v1/private/traces?project_name=p&to_time=1960-01-01T00:00:00Z"), Numbers{});
  EXPECT_EQ(listed("/v1/private/traces?project_name=p&from_time=1960-01-01T00:00:00Z").size(), 5u);
}

TEST_F(RecordReadsTest, ExcludeSearchAndEmptyFilters) {
  const Json page = get("/v1/private/traces?project_name=p&exclude=%5B%22name%22%5D&filters=%5B%5D&sorting=%5B%5D&truncate=true").json();
  ASSERT_EQ(page.at("content").size(), 5u);
  EXPECT_FALSE(page.at("content").at(0).contains("name"));
  EXPECT_EQ(listed("/v1/private/traces?project_name=p&search=T3"), Numbers{3});
}

TEST_F(RecordReadsTest, FiltersInJsonAndAsText) {
  const std::string json = "%5B%7B%22field%22%3A%22name%22%2C%22operator%22%3A%22%3D%22%2C%22value%22%3A%22T3%22%7D%5D";
  EXPECT_EQ(listed("/v1/private/traces?project_name=p&filters=" + json), Numbers{3});
  EXPECT_EQ(listed("/v1/private/traces?project_name=p&filters=name%20%3E%20%22t3%22"), (Numbers{5, 4}));
  EXPECT_EQ(listed("/v1/private/traces?project_name=p&filters=%20"), (Numbers{5, 4, 3, 2, 1}));
  const Json page = get("/v1/private/traces?project_name=p&size=1&filters=name%20!%3D%20%22t3%22%20and%20name%20%3C%20%22t5%22").json();
  EXPECT_EQ(page.at("total"), 3) << "counted as filtered";
  EXPECT_EQ(listed("/v1/private/spans?project_name=p&filters=type%20in%20(%22llm%22)"), Numbers{12});
  const Json stats = get("/v1/private/spans/stats?project_name=p&filters=type%20%3D%20%22tool%22").json();
  EXPECT_EQ(stats.at("stats").at(0).at("value"), 2);
  const Json filter{{"field", "name"}, {"operator", "not_contains"}, {"value", "3"}};
  EXPECT_EQ(found("/v1/private/traces/search", {{"project_name", "p"}, {"filters", Json::array({filter})}}), (Numbers{5, 4, 2, 1}));
  EXPECT_EQ(found("/v1/private/traces/search", {{"project_name", "p"}, {"filters", "name = \"t1\""}, {"last_retrieved_id", id(4)}}),
            Numbers{1});
  EXPECT_EQ(post("/v1/private/traces/search", {{"project_name", "p"}, {"filters", Json::array({{{"field", "nam"}}})}}).status, 400);
}

TEST_F(RecordReadsTest, SortsByKeysAndThenById) {
  const std::string asc = "%5B%7B%22field%22%3A%22name%22%2C%22direction%22%3A%22ASC%22%7D%5D";
  EXPECT_EQ(listed("/v1/private/traces?project_name=p&sorting=" + asc), (Numbers{1, 2, 3, 4, 5}));
  EXPECT_EQ(listed("/v1/private/traces?project_name=p&size=2&page=2&sorting=" + asc), (Numbers{3, 4}));
  const std::string two = "%5B%7B%22field%22%3A%22type%22%7D%2C%7B%22field%22%3A%22id%22%7D%2C%7B%22field%22%3A%22nothing%22%7D%5D";
  EXPECT_EQ(listed("/v1/private/spans?project_name=p&sorting=" + two), (Numbers{12, 11, 13}));
}

TEST_F(RecordReadsTest, BadQuestions) {
  struct Case {
    std::string query;
    int status;
    Json body;
  };
  const std::string p = "project_name=p&";
  const std::string f = "%5B%7B%22field%22%3A%22name%22%2C%22operator%22%3A%22%3E%3D%22%2C%22value%22%3A%22x%22%7D%5D";
  for (const Case& c : {
           Case{"", 400, code_message(400, "Either 'project_name' or 'project_id' query params must be provided")},
           Case{"project_name=nowhere", 404, code_message(404, "Project name: nowhere not found")},
           Case{"project_id=" + id(1), 404, code_message(404, "Project id: " + id(1) + " not found")},
           Case{"project_id=x", 404, code_message(404, "HTTP 404 Not Found")},
           Case{p + "page=0", 400, errors({"query param page must be greater than or equal to 1"})},
           Case{p + "size=0", 400, errors({"query param size must be greater than or equal to 1"})},
           Case{p + "size=-99999999999999999999", 400, errors({"query param size must be greater than or equal to 1"})},
           Case{p + "size=20001", 400, errors({"query param size must be less than or equal to 20000"})},
           Case{p + "page=99999999999999999999", 400, errors({"query param page must be less than or equal to 2147483647"})},
           Case{p + "page=two", 400, errors({"query param page must be a whole number, found 'two'"})},
           Case{p + "filters=oops", 400,
                code_message(400, "Invalid filters query parameter 'oops': at byte 4: expected an operator, found the end")},
           Case{p + "filters=%7B%7D", 400,
                code_message(400, "Invalid filters query parameter '{}': Unable to process JSON. Expected an array, found Object value")},
           Case{p + "filters=" + f, 400,
                code_message(400,
                             "Invalid operator '>=' for field 'name' of type 'STRING' (filter 1): expected one of =, !=, contains, "
                             "not_contains, starts_with, ends_with, >, <")},
           Case{p + "filters=ttft%20%3E%20%22x%22", 400,
                code_message(400, "Invalid value 'x' or key '' for field 'ttft' of type 'NUMBER' (at byte 0): expected a number")},
           Case{p + "sorting=oops", 400, code_message(400, "Invalid sorting query parameter 'oops'")},
           Case{p + "exclude=oops", 400, code_message(400, "Invalid query param exclude 'oops'")},
           Case{p + "from_time=2024-05-01T00:00:00Z&to_time=2024-05-01T00:00:00Z", 400,
                code_message(400, "Parameter 'from_time' must be before 'to_time'")},
           Case{p + "from_time=yesterday", 400,
                code_message(400, "Invalid query param from_time 'yesterday': expected an ISO-8601 instant with a zone")},
       }) {
    for (const char* path : {"/v1/private/traces?", "/v1/private/spans?"}) {
      const Got got = get(path + c.query);
      EXPECT_EQ(got.status, c.status) << path << c.query;
      EXPECT_EQ(got.json(), c.body) << path << c.query;
    }
  }
  EXPECT_EQ(get("/v1/private/spans?project_name=p&type=other").status, 400);
  EXPECT_EQ(get("/v1/private/spans?project_name=p&trace_id=x").status, 404);
}

TEST_F(RecordReadsTest, OneById) {
  EXPECT_EQ(get("/v1/private/traces/" + id(99)).json(), code_message(404, "Trace id: " + id(99) + " not found"));
  EXPECT_EQ(get("/v1/private/spans/" + id(99)).json(), code_message(404, "Span id: " + id(99) + " not found"));
  EXPECT_EQ(get("/v1/private/traces/x").json(), code_message(404, "HTTP 404 Not Found"));
  EXPECT_EQ(get("/v1/private/spans/" + id(11)).json().at("project_name"), "p");
}

TEST_F(RecordReadsTest, SearchIsNewestFirst) {
  const std::string path = "/v1/private/traces/search";
  EXPECT_EQ(found(path, {{"project_name", "p"}}), (Numbers{5, 4, 3, 2, 1}));
  EXPECT_EQ(found(path, {{"project_id", project_id_}, {"limit", 2}}), (Numbers{5, 4}));
  EXPECT_EQ(found(path, {{"project_name", "p"}, {"last_retrieved_id", id(3)}, {"filters", Json::array()}}), (Numbers{2, 1}));
  EXPECT_EQ(found(path, {{"project_name", "p"}, {"from_time", "2024-05-01T00:00:00.004Z"}}), (Numbers{5, 4}));
  EXPECT_EQ(found("/v1/private/spans/search", {{"project_name", "p"}, {"trace_id", id(1)}}), (Numbers{12, 11}));
  EXPECT_EQ(found("/v1/private/spans/search", {{"project_name", "p"}, {"type", "llm"}}), Numbers{12});
}

TEST_F(RecordReadsTest, SearchReadsAPieceAtATime) {
  Numbers expected;
  for (int base : {1000, 1500}) {
    Json traces = Json::array();
    for (int n = base; n < base + 500; ++n) traces.push_back({{"id", id(n)}, {"project_name", "many"}, {"start_time", kStart}});
    ASSERT_EQ(post("/v1/private/traces/batch", {{"traces", traces}}).status, 204);
  }
  for (int n = 1999; n >= 1000; --n) expected.push_back(n);
  chunks_ = 0;
  EXPECT_EQ(found("/v1/private/traces/search", {{"project_name", "many"}, {"limit", 2000}}), expected);
  EXPECT_EQ(chunks_, 11);  // 10 rows, nine times 100, and the last 90 (fewer than asked for: the end)
  expected.resize(110);
  chunks_ = 0;
  EXPECT_EQ(found("/v1/private/traces/search", {{"project_name", "many"}, {"limit", 110}}), expected);
  EXPECT_EQ(chunks_, 2);
}

TEST_F(RecordReadsTest, SearchOfLargeRowsReadsFewAtOnce) {
  const std::string large(200'000, 'x');
  for (int n = 100; n < 130; ++n) {
    ASSERT_EQ(post("/v1/private/traces", {{"id", id(n)}, {"project_name", "large"}, {"start_time", kStart}, {"input", large}}).status, 201);
  }
  chunks_ = 0;
  EXPECT_EQ(found("/v1/private/traces/search", {{"project_name", "large"}}).size(), 30u);
  EXPECT_GE(chunks_, 11);  // 10 first, then 2 at a time
}

TEST_F(RecordReadsTest, BadSearches) {
  const std::string path = "/v1/private/traces/search";
  EXPECT_EQ(post(path, Json::object()).status, 400);
  EXPECT_EQ(post(path, {{"project_name", "nowhere"}}).status, 404);
  EXPECT_EQ(post(path, {{"project_name", "p"}, {"limit", 0}}).status, 422);
  EXPECT_EQ(post(path, {{"project_name", "p"}, {"limit", 2001}}).status, 422);
  EXPECT_EQ(post(path, {{"project_name", "p"}, {"filters", {{{"field", "name"}, {"operator", ">="}, {"value", "x"}}}}}).status, 400);
  EXPECT_EQ(post(path, {{"project_name", "p"}, {"from_time", "2024-05-02T00:00:00Z"}, {"to_time", "2024-05-01T00:00:00Z"}}).status, 400);
  EXPECT_EQ(send(http::Method::post, path, "{").status, 400);
  EXPECT_EQ(send(http::Method::post, path, "").status, 422);
}

TEST_F(RecordReadsTest, Stats) {
  const Json traces = get("/v1/private/traces/stats?project_name=p").json();
  EXPECT_EQ(traces.at("stats").at(0), Json({{"name", "trace_count"}, {"type", "COUNT"}, {"value", 5}}));
  const Json spans = get("/v1/private/spans/stats?project_name=p&trace_id=" + id(1)).json();
  EXPECT_EQ(spans.at("stats").at(0), Json({{"name", "span_count"}, {"type", "COUNT"}, {"value", 2}}));
  EXPECT_EQ(get("/v1/private/traces/stats?project_name=nowhere").status, 404);
  EXPECT_EQ(get("/v1/private/traces/stats").status, 400);
}

TEST_F(RecordReadsTest, DeletedTracesGoWithTheirSpans) {
  EXPECT_EQ(del("/v1/private/traces/" + id(1)).status, 204);
  EXPECT_EQ(get("/v1/private/traces/" + id(1)).status, 404);
  EXPECT_EQ(get("/v1/private/spans/" + id(11)).status, 404);
  EXPECT_EQ(get("/v1/private/spans/" + id(13)).status, 200);
  EXPECT_EQ(post("/v1/private/traces/delete", {{"ids", {id(2), id(3), id(99)}}}).status, 204);
  EXPECT_EQ(listed("/v1/private/traces?project_name=p"), (Numbers{5, 4}));
  EXPECT_EQ(del("/v1/private/traces/" + id(98)).status, 204);
}

TEST_F(RecordReadsTest, DeletionWithinOneProject) {
  ASSERT_EQ(post("/v1/private/projects", {{"name", "other"}}).status, 201);
  const std::string other = post("/v1/private/projects/retrieve", {{"name", "other"}}).json().at("id");
  EXPECT_EQ(post("/v1/private/traces/delete", {{"ids", {id(1)}}, {"project_id", other}}).status, 204);
  EXPECT_EQ(post("/v1/private/traces/delete", {{"ids", {id(1)}}, {"project_id", id(77)}}).status, 204);
  EXPECT_EQ(get("/v1/private/traces/" + id(1)).status, 200);
  EXPECT_EQ(post("/v1/private/traces/delete", {{"ids", {id(1)}}, {"project_id", project_id_}}).status, 204);
  EXPECT_EQ(get("/v1/private/traces/" + id(1)).status, 404);
}

TEST_F(RecordReadsTest, BadDeletions) {
  EXPECT_EQ(del("/v1/private/traces/x").status, 404);
  EXPECT_EQ(post("/v1/private/traces/delete", {{"ids", Json::array()}}).status, 422);
  EXPECT_EQ(post("/v1/private/traces/delete", {{"ids", {"x"}}}).status, 400);
  EXPECT_EQ(send(http::Method::post, "/v1/private/traces/delete", "").status, 422);
  const Got span = del("/v1/private/spans/" + id(11));
  EXPECT_EQ(span.status, 501);
  EXPECT_EQ(span.body, "");
  EXPECT_EQ(get("/v1/private/spans/" + id(11)).status, 200);
}

// What was said before a deletion and comes after it changes nothing; what is said after it counts.
TEST_F(RecordReadsTest, LateMessagesForADeletedTrace) {
  ASSERT_EQ(del("/v1/private/traces/" + id(1)).status, 204);
  const Json late{{"id", id(1)}, {"start_time", kStart}, {"last_updated_at", "2024-05-01T00:00:00Z"}};
  EXPECT_EQ(post("/v1/private/traces/batch", {{"traces", {late}}}).status, 204);
  EXPECT_EQ(get("/v1/private/traces/" + id(1)).status, 404);
  EXPECT_EQ(post("/v1/private/traces", {{"id", id(1)}, {"start_time", kStart}}).status, 201);
  EXPECT_EQ(get("/v1/private/traces/" + id(1)).status, 200);
}

TEST_F(RecordReadsTest, LinksOfTheSdks) {
  const std::string link = "/v1/session/redirect/projects?trace_id=" + id(1) + "&path=";
  const std::string expected = "http://localhost:5173/default/projects/" + project_id_ + "/traces?trace=" + id(1);
  for (const char* path :
       {"aHR0cDovL2xvY2FsaG9zdDo1MTczL2FwaS8=", "aHR0cDovL2xvY2FsaG9zdDo1MTczL2FwaS8", "aHR0cDovL2xvY2FsaG9zdDo1MTczL2FwaQ=="}) {
    const Got got = get(link + path);
    EXPECT_EQ(got.status, 303) << path;
    EXPECT_EQ(got.header("Location"), expected) << path;
    EXPECT_EQ(got.body, "");
  }
  EXPECT_EQ(get(link).status, 400);
  EXPECT_EQ(get(link + "%21%21").status, 400);
  EXPECT_EQ(get(link + "amF2YXNjcmlwdDphbGVydCgxKQ==").status, 400);          // javascript:alert(1)
  EXPECT_EQ(get(link + "aHR0cDovL2EvDQpTZXQtQ29va2llOiB4PTE=").status, 400);  // a line break for the header
  EXPECT_EQ(get("/v1/session/redirect/projects?path=aHR0cDovL2EvYXBpLw==").status, 400);
  const Got unknown = get("/v1/session/redirect/projects?path=aHR0cDovL2EvYXBpLw==&trace_id=" + id(99));
  EXPECT_EQ(unknown.json(), code_message(404, "Trace id: " + id(99) + " not found"));
  EXPECT_EQ(get(link + "aHR0cDovL2EvYXBpLw==&workspace_name=other").status, 404);
}

}  // namespace
}  // namespace opik::api

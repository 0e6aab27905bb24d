// Goal: statistics, projects and errors have the shapes that Opik's clients read.
// Method: whole texts compared.

#include <gtest/gtest.h>

#include "codec/codec_test.h"
#include "codec/encode.h"

namespace opik::codec {
namespace {

using model::Kind;
using model::Project;
using model::Stats;

template <class Append>
std::string text_of(Append&& append) {
  std::string out;
  append(out);
  return out;
}

Stats some_stats() {
  Stats stats;
  stats.count = 3;
  stats.duration_ms = model::Percentiles{1.5, 2, 3};
  stats.input_count = 2;
  stats.output_count = 1;
  stats.tags_average = 0.5;
  stats.thread_count = 1;
  stats.llm_span_count_average = 1.5;
  stats.span_count_average = 2;
  stats.cost_average = 0.25;
  stats.cost_sum = 0.5;
  stats.usage_average = {{"a", 1.5}, {"b", 2}};
  stats.usage_sum = {{"a", 3}, {"b", 4}};
  stats.score_average = {{"q", 0.75}};
  stats.span_score_average = {{"s", 1}};
  stats.error_count = 1;
  return stats;
}

TEST(AppendStats, PrintsThoseOfTraces) {
  EXPECT_EQ(
      text_of([](std::string& out) { append_stats(out, Kind::trace, some_stats()); }),
      R"({"stats":[{"name":"trace_count","type":"COUNT","value":3},{"name":"duration","type":"PERCENTAGE","value":{"p50":1.5,"p90":2,"p99":3}},)"
      R"({"name":"input","type":"COUNT","value":2},{"name":"output","type":"COUNT","value":1},{"name":"metadata","type":"COUNT","value":0},)"
      R"({"name":"tags","type":"AVG","value":0.5},{"name":"thread_count","type":"COUNT","value":1},)"
      R"({"name":"llm_span_count","type":"AVG","value":1.5},{"name":"span_count","type":"AVG","value":2},)"
      R"({"name":"total_estimated_cost","type":"AVG","value":0.25},{"name":"total_estimated_cost_sum","type":"AVG","value":0.5},)"
      R"({"name":"usage.a","type":"AVG","value":1.5},{"name":"usage.b","type":"AVG","value":2},)"
      R"({"name":"usage_sum.a","type":"AVG","value":3},{"name":"usage_sum.b","type":"AVG","value":4},)"
      R"({"name":"feedback_scores.q","type":"AVG","value":0.75},{"name":"span_feedback_scores.s","type":"AVG","value":1},)"
      R"({"name":"guardrails_failed_count","type":"COUNT","value":0},{"name":"error_count","type":"COUNT","value":1}]})");
}

TEST(AppendStats, PrintsThoseOfNoSpans) {
  EXPECT_EQ(
      text_of([](std::string& out) { append_stats(out, Kind::span, {}); }),
      R"({"stats":[{"name":"span_count","type":"COUNT","value":0},{"name":"input","type":"COUNT","value":0},)"
      R"({"name":"output","type":"COUNT","value":0},{"name":"metadata","type":"COUNT","value":0},{"name":"tags","type":"AVG","value":0},)"
      R"({"name":"total_estimated_cost","type":"AVG","value":0},{"name":"total_estimated_cost_sum","type":"AVG","value":0},)"
      R"({"name":"error_count","type":"COUNT","value":0}]})");
}

Project project() {
  Project made;
  made.id = uuid(kId);
  made.name = "shop";
  made.created_at_us = 1'704'067'200'000'000;
  made.last_updated_at_us = 1'704'067'200'000'001;
  return made;
}

TEST(AppendProject, PrintsAProjectAndAPage) {
  const std::string bare = text_of([](std::string& out) { append_project(out, project()); });
  EXPECT_EQ(bare,
            R"({"id":"01933b7e-5f2d-7a10-8000-000000000001","name":"shop","visibility":"private","created_at":"2024-01-01T00:00:00Z",)"
            R"("created_by":"admin","last_updated_at":"2024-01-01T00:00:00.000001Z","last_updated_by":"admin"})");
  Project full = project();
  full.description = "sells";
  full.last_updated_trace_at_us = 0;
  EXPECT_EQ(text_of([&](std::string& out) { append_project(out, full); }),
            R"({"id":"01933b7e-5f2d-7a10-8000-000000000001","name":"shop","visibility":"private","description":"sells",)"
            R"("created_at":"2024-01-01T00:00:00Z","created_by":"admin","last_updated_at":"2024-01-01T00:00:00.000001Z",)"
            R"("last_updated_by":"admin","last_updated_trace_at":"1970-01-01T00:00:00Z"})");
  EXPECT_EQ(text_of([&](std::string& out) {
              append_project_page(out, {project(), full}, 1, 9);
            }).substr(0, 40 + bare.size()),
            R"({"page":1,"size":2,"total":9,"content":[)" + bare);
}

TEST(AppendProjectStats, PrintsAPage) {
  ProjectStats item{project(), some_stats(), 6, 4};
  EXPECT_EQ(text_of([&](std::string& out) { append_project_stats_page(out, {item}, 1, 1); }),
            R"({"page":1,"size":1,"total":1,"content":[{"project_id":"01933b7e-5f2d-7a10-8000-000000000001",)"
            R"("feedback_scores":[{"name":"q","value":0.75}],"duration":{"p50":1.5,"p90":2,"p99":3},"total_estimated_cost":0.25,)"
            R"("total_estimated_cost_sum":0.5,"usage":{"a":1.5,"b":2},"trace_count":3,"thread_count":1,"guardrails_failed_count":0,)"
            R"("error_count":{"count":10,"deviation":6,"deviation_percentage":150}}],)"
            R"("sortable_by":["id","name","last_updated_at","created_at","last_updated_trace_at"]})");
  item = {project(), {}, 2, 0};
  EXPECT_NE(
      text_of([&](std::string& out) { append_project_stats_page(out, {item}, 1, 1); }).find(R"("error_count":{"count":2,"deviation":2}})"),
      std::string::npos);
}

TEST(AppendErrors, HaveOpiksShapes) {
  EXPECT_EQ(text_of([](std::string& out) { append_errors(out, {"a \"b\"", "c"}); }), R"({"errors":["a \"b\"","c"]})");
  EXPECT_EQ(text_of([](std::string& out) { append_errors(out, {}); }), R"({"errors":[]})");
  EXPECT_EQ(text_of([](std::string& out) { append_code_message(out, 404, "HTTP 404 Not Found"); }),
            R"({"code":404,"message":"HTTP 404 Not Found"})");
  EXPECT_EQ(text_of([](std::string& out) {
              append_partial_failure(out, {{1, std::string(kId), "bad"}, {7, "", "worse"}}, 5);
            }),
            R"({"errors":["bad","worse"],"rejected":[{"index":1,"id":"01933b7e-5f2d-7a10-8000-000000000001","error":"bad"},)"
            R"({"index":7,"error":"worse"}],"stored":5})");
}

}  // namespace
}  // namespace opik::codec

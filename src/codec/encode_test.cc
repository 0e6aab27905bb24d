// Goal: what is kept is printed as Opik prints it, value for value.
// Method: whole texts compared; every text parsed again by another implementation; numbers and payloads sent both ways.

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

#include <nlohmann/json.hpp>

#include "codec/codec_test.h"
#include "codec/encode.h"

namespace opik::codec {
namespace {

using model::Field;
using model::Kind;
using model::Record;

template <class Append>
std::string text_of(Append&& append) {
  std::string out;
  append(out);
  return out;
}
std::string string(std::string_view text) {
  return text_of([&](std::string& out) { append_string(out, text); });
}
std::string number(double value) {
  return text_of([&](std::string& out) { append_number(out, value); });
}
std::string nano(int64_t value) {
  return text_of([&](std::string& out) { append_nano(out, value); });
}

TEST(AppendString, EscapesWhatItMust) {
  EXPECT_EQ(string(""), R"("")");
  EXPECT_EQ(string("plain text that is longer than sixteen bytes"), R"("plain text that is longer than sixteen bytes")");
  EXPECT_EQ(string("a\"b\\c/d\b\f\n\r\t\x01\x1f\x7f é"), "\"a\\\"b\\\\c/d\\b\\f\\n\\r\\t\\u0001\\u001f\x7f é\"");
  EXPECT_EQ(string(std::string_view("\0", 1)), R"("\u0000")");
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (size_t n = random() % 70; n-- > 0;) text += static_cast<char>(random() % 4 == 0 ? random() % 0x80 : 'a');
    ASSERT_EQ(nlohmann::json::parse(string(text)).get<std::string>(), text);
  }
}

TEST(AppendNumber, PrintsTheShortestTextThatReadsBackTheSame) {
  EXPECT_EQ(number(0), "0");
  EXPECT_EQ(number(-0.0), "0");
  EXPECT_EQ(number(1), "1");
  EXPECT_EQ(number(-2.5), "-2.5");
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(1e-12), "1e-12");
  EXPECT_EQ(number(1e21), "1e+21");
  EXPECT_EQ(number(std::nan("")), "null");
  EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "null");
  for (double value : {1.0 / 3, 1234567.891, 5e-324, 1.7976931348623157e308}) EXPECT_EQ(std::strtod(number(value).c_str(), nullptr), value);
}

TEST(AppendNano, PrintsDecimalsExactly) {
  EXPECT_EQ(nano(0), "0");
  EXPECT_EQ(nano(1), "0.000000001");
  EXPECT_EQ(nano(-500'000'000), "-0.5");
  EXPECT_EQ(nano(12'000'000'000), "12");
  EXPECT_EQ(nano(999'999'999'999'999'999), "999999999.999999999");
  EXPECT_EQ(nano(-999'999'999'999'999'999), "-999999999.999999999");
  EXPECT_EQ(nano(std::numeric_limits<int64_t>::min()), "-9223372036.854775808");
}

Record trace() {
  Record record;
  record.kind = Kind::trace;
  record.id = uuid(kId);
  record.project_id = uuid(kTraceId);
  record.project_name = "shop";
  record.view.created_at_us = 1'704'067'200'000'000;
  record.view.last_updated_at_us = 1'704'067'201'000'001;
  record.view.fields[Field::start_time] = int64_t{1'704'067'200'000'000'000};
  return record;
}

std::string record_text(const Record& record, const RecordStyle& style = {}) {
  std::string out = text_of([&](std::string& text) { append_record(text, record, style); });
  EXPECT_TRUE(nlohmann::json::accept(out)) << out;
  return out;
}

TEST(AppendRecord, LeavesOutWhatIsEmpty) {
  EXPECT_EQ(
      record_text(trace()),
      R"({"id":"01933b7e-5f2d-7a10-8000-000000000001","project_id":"01933b7e-5f2d-7a10-8000-0000000000aa","start_time":"2024-01-01T00:00:00Z",)"
      R"("span_count":0,"llm_span_count":0,"has_tool_spans":false,"visibility_mode":"default","created_at":"2024-01-01T00:00:00Z",)"
      R"("last_updated_at":"2024-01-01T00:00:01.000001Z","created_by":"admin","last_updated_by":"admin"})");
}

Record full_trace() {
  Record record = trace();
  model::Fields& fields = record.view.fields;
  fields[Field::name] = "an \"answer\"";
  fields[Field::end_time] = int64_t{1'704'067'201'234'567'890};
  fields[Field::input] = R"({"z":1.10,"a":12345678901234567890123})";
  fields[Field::output] = R"("text")";
  fields[Field::metadata] = R"({"k": [1]})";
  fields[Field::tags] = R"(["a","b"])";
  fields[Field::error_info] = R"({"exception_type":"E"})";
  fields[Field::thread_id] = "t-1";
  fields[Field::ttft] = 12.5;
  fields[Field::source] = "sdk";
  record.totals = {{{"a", 3}, {"b \"c\"", 5'000'000'000}}, 0.25, 4, 2, true, {"anthropic", "openai"}, {}};
  return record;
}

TEST(AppendRecord, PrintsEveryMemberOfATrace) {
  EXPECT_EQ(
      record_text(full_trace()),
      R"({"id":"01933b7e-5f2d-7a10-8000-000000000001","project_id":"01933b7e-5f2d-7a10-8000-0000000000aa","name":"an \"answer\"",)"
      R"("start_time":"2024-01-01T00:00:00Z","end_time":"2024-01-01T00:00:01.234567890Z","input":{"z":1.10,"a":12345678901234567890123},)"
      R"("output":"text","metadata":{"providers":["anthropic","openai"],"k": [1]},"tags":["a","b"],"error_info":{"exception_type":"E"},)"
      R"("usage":{"a":3,"b \"c\"":5000000000},"thread_id":"t-1","ttft":12.5,"source":"sdk","total_estimated_cost":0.25,"span_count":4,)"
      R"("llm_span_count":2,"has_tool_spans":true,"providers":["anthropic","openai"],"duration":1234.567,"visibility_mode":"default",)"
      R"("created_at":"2024-01-01T00:00:00Z","last_updated_at":"2024-01-01T00:00:01.000001Z","created_by":"admin","last_updated_by":"admin"})");
}

TEST(AppendRecord, PrintsEveryMemberOfASpan) {
  Record record = full_trace();
  record.kind = Kind::span;
  record.totals = {};
  model::Fields& fields = record.view.fields;
  fields[Field::trace_id] = std::string(uuid(kTraceId).bytes());
  fields[Field::parent_span_id] = std::string(uuid(kOtherId).bytes());
  fields[Field::thread_id] = {};
  fields[Field::type] = "llm";
  fields[Field::model] = "gpt";
  fields[Field::provider] = "openai";
  fields[Field::usage] = R"({"a":1})";
  record.cost = 0.5;
  EXPECT_EQ(
      record_text(record, {.exclude = {}, .with_project_name = true}),
      R"({"id":"01933b7e-5f2d-7a10-8000-000000000001","project_id":"01933b7e-5f2d-7a10-8000-0000000000aa","project_name":"shop",)"
      R"("trace_id":"01933b7e-5f2d-7a10-8000-0000000000aa","parent_span_id":"01933b7e-5f2d-7a10-8000-000000000002","name":"an \"answer\"",)"
      R"("type":"llm","start_time":"2024-01-01T00:00:00Z","end_time":"2024-01-01T00:00:01.234567890Z",)"
      R"("input":{"z":1.10,"a":12345678901234567890123},"output":"text","metadata":{"provider":"openai","k": [1]},"model":"gpt",)"
      R"("provider":"openai","tags":["a","b"],"error_info":{"exception_type":"E"},"usage":{"a":1},"ttft":12.5,"source":"sdk",)"
      R"("total_estimated_cost":0.5,"duration":1234.567,"created_at":"2024-01-01T00:00:00Z",)"
      R"("last_updated_at":"2024-01-01T00:00:01.000001Z","created_by":"admin","last_updated_by":"admin"})");
}

TEST(AppendRecord, PutsProvidersIntoMetadata) {
  struct Case {
    std::string_view metadata;
    std::string_view printed;
  };
  for (const auto& [metadata, printed] : std::vector<Case>{
           {"", R"({"providers":["p"]})"},
           {"{}", R"({"providers":["p"]})"},
           {"{ }", R"({"providers":["p"]})"},
           {R"({ "a":1})", R"({"providers":["p"],"a":1})"},
           {R"({"a":{"providers":1}})", R"({"providers":["p"],"a":{"providers":1}})"},
           {R"({"a":1,"providers":"mine"})", R"({"a":1,"providers":"mine"})"},
           {R"({"a":1,"provider\u0073":"mine"})", R"({"a":1,"provider\u0073":"mine"})"},
           {"[1]", "[1]"},
           {"\"text\"", "\"text\""},
       }) {
    Record record = trace();
    if (!metadata.empty()) record.view.fields[Field::metadata] = std::string(metadata);
    record.totals.providers = {"p"};
    const std::string out = record_text(record);
    EXPECT_NE(out.find(fmt::format("\"metadata\":{},\"span_count\"", printed)), std::string::npos) << metadata << ": " << out;
  }
}

TEST(AppendRecord, LeavesOutWhatIsExcluded) {
  const std::vector<std::string> members{"name",
                                         "start_time",
                                         "end_time",
                                         "input",
                                         "output",
                                         "metadata",
                                         "tags",
                                         "error_info",
                                         "usage",
                                         "thread_id",
                                         "ttft",
                                         "source",
                                         "total_estimated_cost",
                                         "span_count",
                                         "llm_span_count",
                                         "has_tool_spans",
                                         "providers",
                                         "duration",
                                         "visibility_mode",
                                         "created_at",
                                         "created_by",
                                         "last_updated_by",
                                         "feedback_scores",
                                         "span_feedback_scores",
                                         "comments",
                                         "no such member"};
  EXPECT_EQ(record_text(full_trace(), {.exclude = members}),
            R"({"id":"01933b7e-5f2d-7a10-8000-000000000001","project_id":"01933b7e-5f2d-7a10-8000-0000000000aa",)"
            R"("last_updated_at":"2024-01-01T00:00:01.000001Z"})");
  const nlohmann::json all = nlohmann::json::parse(record_text(full_trace()));
  for (const std::string& member : members) {
    nlohmann::json expected = all;
    expected.erase(member);
    EXPECT_EQ(nlohmann::json::parse(record_text(full_trace(), {.exclude = {member}})), expected) << member;
  }
}

TEST(AppendRecord, TruncatesLongPayloadsToText) {
  const auto input_of = [](std::string json, bool truncate) {
    Record record = trace();
    record.view.fields[Field::input] = std::move(json);
    return nlohmann::json::parse(record_text(record, {.exclude = {}, .truncate = truncate}))["input"];
  };
  const std::string fits = "\"" + std::string(kTruncateChars - 2, 'x') + "\"";
  EXPECT_EQ(input_of(fits, true), std::string(kTruncateChars - 2, 'x'));
  const std::string longer = "[\"" + std::string(kTruncateChars, 'x') + "\"]";
  EXPECT_EQ(input_of(longer, true), longer.substr(0, kTruncateChars));
  EXPECT_EQ(input_of(longer, false), nlohmann::json::parse(longer));
  // Characters count, and none is cut in two.
  std::string wide = "\"";
  for (size_t i = 0; i < kTruncateChars; ++i) wide += "\xf0\x9f\x98\x80";
  wide += "\"";
  EXPECT_EQ(input_of(wide, true), wide.substr(0, 1 + (kTruncateChars - 1) * 4));
}

TEST(AppendRecord, PrintsNegativeDurations) {
  Record record = trace();
  record.view.fields[Field::end_time] = int64_t{1'704'067'199'999'000'000};
  EXPECT_EQ(nlohmann::json::parse(record_text(record))["duration"], -1);
}

model::FeedbackScore score(std::string name, int64_t value, std::string author) {
  model::FeedbackScore made;
  made.entity_id = uuid(kOtherId);
  made.name = std::move(name);
  made.value_nano = value;
  made.source = "sdk";
  made.author = std::move(author);
  made.created_at_us = 1'704'067'200'000'000 + value;
  made.last_updated_at_us = 1'704'067'300'000'000 + value;
  return made;
}

TEST(AppendRecord, GroupsScoresByName) {
  Record record = trace();
  record.scores = {score("quality", 1, "ann"), score("quality", 2'000'000'000, "bob"), score("exact", 333'333'333, "admin")};
  record.scores[0].reason = "so";
  record.scores[1].reason = "thus";
  record.scores[1].category_name = "good";
  record.scores[1].source = "ui";
  EXPECT_EQ(nlohmann::json::parse(record_text(record))["feedback_scores"].dump(), nlohmann::json::parse(R"([
    {"name":"exact","value":0.333333333,"source":"sdk","created_at":"2024-01-01T00:05:33.333333Z","last_updated_at":"2024-01-01T00:07:13.333333Z",
     "created_by":"admin","last_updated_by":"admin",
     "value_by_author":{"admin":{"value":0.333333333,"source":"sdk","last_updated_at":"2024-01-01T00:07:13.333333Z"}}},
    {"name":"quality","category_name":"good","value":1,"reason":"so, thus","source":"ui","created_at":"2024-01-01T00:00:00.000001Z",
     "last_updated_at":"2024-01-01T00:35:00Z","created_by":"ann, bob","last_updated_by":"ann, bob",
     "value_by_author":{"ann":{"value":1e-9,"reason":"so","source":"sdk","last_updated_at":"2024-01-01T00:01:40.000001Z"},
                        "bob":{"value":2,"reason":"thus","category_name":"good","source":"ui","last_updated_at":"2024-01-01T00:35:00Z"}}}])")
                                                                                      .dump());
}

TEST(AppendRecord, AveragesWithoutOverflow) {
  Record record = trace();
  for (int i = 0; i < 20; ++i) record.scores.push_back(score("q", 999'999'999'999'999'999, fmt::format("a{}", i)));
  EXPECT_NE(record_text(record).find("\"name\":\"q\",\"value\":999999999.999999999,"), std::string::npos);
}

TEST(AppendRecord, KeysSpanScoresByAuthorAndSpan) {
  Record record = trace();
  record.totals.span_scores = {score("q", 1'000'000'000, "admin"), score("q", 3'000'000'000, "admin")};
  record.totals.span_scores[1].entity_id = uuid(kTraceId);
  const nlohmann::json scores = nlohmann::json::parse(record_text(record))["span_feedback_scores"];
  EXPECT_EQ(scores[0]["value"], 2);
  EXPECT_EQ(scores[0]["value_by_author"]["admin_" + std::string(kOtherId)]["span_id"], kOtherId);
  EXPECT_EQ(scores[0]["value_by_author"]["admin_" + std::string(kTraceId)]["value"], 3);
}

TEST(RecordPageWriter, WrapsRecords) {
  Record record = trace();
  const std::string one = record_text(record, {.exclude = {"start_time"}});
  std::string out;
  RecordPageWriter page(out, {.exclude = {"start_time"}});
  page.begin(3, 3, 17);
  page.add({record, record});
  page.add({record});
  page.end({"id", "name"});
  EXPECT_EQ(out, R"({"page":3,"size":3,"total":17,"content":[)" + one + "," + one + "," + one + R"(],"sortable_by":["id","name"]})");

  out.clear();
  RecordPageWriter empty(out, {});
  empty.begin(1, 0, 0);
  empty.end({});
  EXPECT_EQ(out, R"({"page":1,"size":0,"total":0,"content":[],"sortable_by":[]})");
}

// What a client sends comes back value for value.
TEST(RoundTrip, GivesPayloadsBackAsTheyCame) {
  for (std::string_view payload :
       {"1e999", "-0.0", "12345678901234567890123456789012345678901234567890.00000000000000000000000001", R"({"z":1,"a":2,"z":3})",
        R"("\ud800 \u00e9 é")", R"([[[{"":[]}]]])", R"({"a" : [ 1 , 2 ] })", "true", R"("")", "[]"}) {
    const auto message = decode_create(
        Kind::trace,
        body(fmt::format(R"({{"start_time":"2024-01-01T00:00:00Z","input":{0},"output": {0} ,"metadata":{{"m":{0}}}}})", payload)));
    ASSERT_TRUE(message) << payload;
    Record record = trace();
    record.view.fields = message->fields;
    const std::string out = text_of([&](std::string& text) { append_record(text, record, {}); });
    EXPECT_NE(out.find(fmt::format(R"("input":{0},"output":{0},"metadata":{{"m":{0}}},"source":"sdk")", payload)), std::string::npos)
        << out;
    EXPECT_EQ(out.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace opik::codec

// Goal: creates of traces and spans are read as Opik reads them: every field, every rule, with the error's code and text.
// Method: whole messages printed and compared; tables of refused members; broken JSON at every place of a body.

#include <array>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "codec/codec_test.h"
#include "codec/decode.h"
#include "model/limits.h"

namespace opik::codec {
namespace {

using model::Field;
using model::Kind;

std::string trace_with(std::string_view members) {
  return fmt::format(R"({{"id":"{}","start_time":"2024-01-01T00:00:00Z",{}}})", kId, members);
}
std::string span_with(std::string_view members) {
  return fmt::format(R"({{"id":"{}","trace_id":"{}","start_time":"2024-01-01T00:00:00Z",{}}})", kId, kTraceId, members);
}
std::string traces(std::initializer_list<std::string> items) {
  std::string out = R"({"traces":[)";
  for (const std::string& item : items) out += (out.back() == '[' ? "" : ",") + item;
  return out + "]}";
}

TEST(DecodeCreate, ReadsEveryFieldOfATrace) {
  const auto message = decode_create(Kind::trace, body(R"({
    "id": "01933b7e-5f2d-7a10-8000-000000000001", "project_name": "shop", "name": "answer",
    "start_time": "2024-01-01T00:00:00.123456789Z", "end_time": "2024-01-01T01:00:01+01:00",
    "input": {"z": 1, "a": [1.10, 12345678901234567890123, 1e999]}, "output": "text \u00e9 é", "metadata": [ 1 , 2 ] ,
    "tags": ["b", "a", "b"], "error_info": {"exception_type": "E", "traceback": ""}, "last_updated_at": "2024-01-01T00:00:02.0000019Z",
    "ttft": 12.5, "thread_id": "t-1", "source": "experiment", "environment": {"new": ["field"]}, "trace_id": 17, "usage": "x"})"));
  EXPECT_EQ(show(message),
            "trace snapshot stamp 1704067202000001 in shop\n"
            "name: answer\n"
            "start_time: 1704067200123456789\n"
            "end_time: 1704067201000000000\n"
            "input: {\"z\": 1, \"a\": [1.10, 12345678901234567890123, 1e999]}\n"
            "output: \"text \\u00e9 é\"\n"
            "metadata: [ 1 , 2 ]\n"
            "tags: [\"b\",\"a\"]\n"
            "error_info: {\"exception_type\": \"E\", \"traceback\": \"\"}\n"
            "thread_id: t-1\n"
            "ttft: 12.5\n"
            "source: experiment\n");
  EXPECT_EQ(message->id, uuid(kId));
}

TEST(DecodeCreate, ReadsEveryFieldOfASpan) {
  const auto message = decode_create(Kind::span, body(R"({
    "id": "01933b7e-5f2d-7a10-8000-000000000001", "trace_id": "01933b7e-5f2d-7a10-8000-0000000000aa",
    "parent_span_id": "7d444840-9dc0-41d1-b245-5ffdce74fad2", "name": "call", "type": "llm", "start_time": "2024-01-01T00:00:00Z",
    "input": 1, "output": false, "metadata": {}, "model": "gpt", "provider": "openai", "tags": ["a"],
    "usage": {"b": 3, "a": 2.0, "none": null, "b": "4", "big": 2147483647, "exp": 1e2}, "total_estimated_cost": 0.000000000001,
    "ttft": "7", "thread_id": "not of a span"})"));
  EXPECT_EQ(show(message),
            "span snapshot in Default Project\n"
            "trace_id: 01933b7e-5f2d-7a10-8000-0000000000aa\n"
            "parent_span_id: 7d444840-9dc0-41d1-b245-5ffdce74fad2\n"
            "name: call\n"
            "type: llm\n"
            "start_time: 1704067200000000000\n"
            "input: 1\n"
            "output: false\n"
            "metadata: {}\n"
            "tags: [\"a\"]\n"
            "usage: {\"a\":2,\"b\":4,\"big\":2147483647,\"exp\":100}\n"
            "model: gpt\n"
            "provider: openai\n"
            "total_estimated_cost: 1e-12\n"
            "ttft: 7\n"
            "source: sdk\n");
}

TEST(DecodeCreate, TakesNullBlankAndEmptyForAbsent) {
  const std::string bare = "trace snapshot in Default Project\nstart_time: 1704067200000000000\nsource: sdk\n";
  for (
      std::string_view members :
      {R"("name":null,"input":null,"output":null,"metadata":null,"tags":null,"error_info":null,"end_time":null,"ttft":null,"thread_id":null,
           "source":null,"last_updated_at":null,"project_name":null)",
       R"("name":"","thread_id":" \t\n","tags":[])", R"("tags":[null],"name":"x","name":null)", R"("input" : null )"}) {
    EXPECT_EQ(show(decode_create(Kind::trace, body(trace_with(members)))), bare) << members;
  }
  EXPECT_EQ(
      show(decode_create(Kind::span, body(span_with(R"("usage":{},"model":"","provider":" ","type":null,"parent_span_id":null)")))),
      "span snapshot in Default Project\ntrace_id: 01933b7e-5f2d-7a10-8000-0000000000aa\nstart_time: 1704067200000000000\nsource: sdk\n");
  EXPECT_FALSE(decode_create(Kind::span, body(span_with(R"("usage":{"a":null})")))->fields.has(Field::usage));
  // Only payloads tell {} and "" from nothing.
  const auto message = decode_create(Kind::trace, body(trace_with(R"("input":{},"output":"","metadata":[])")));
  EXPECT_EQ(message->fields.text(Field::input), "{}");
  EXPECT_EQ(message->fields.text(Field::output), "\"\"");
  EXPECT_EQ(message->fields.text(Field::metadata), "[]");
}

TEST(DecodeCreate, TakesWhatIsMeantForWhatIsSaid) {
  struct Case {
    std::string_view members;
    Field field;
    std::string_view text;
  };
  for (const auto& [members, field, text] : std::vector<Case>{
           {R"("name":12.50)", Field::name, "12.50"},
           {R"("name":true)", Field::name, "true"},
           {R"("name":"a\u0041\ud83d\ude00\ud800b")", Field::name,
            "aA\xf0\x9f\x98\x80\xef\xbf\xbd"
            "b"},
           {R"("na\u006de":"escaped key")", Field::name, "escaped key"},
           {R"("name":" kept ")", Field::name, " kept "},
           {R"("name":"first","name":"last")", Field::name, "last"},
           {R"("thread_id":7)", Field::thread_id, "7"},
           {R"("tags":[1,true,"a",null,"a","1"])", Field::tags, R"(["1","true","a"])"},
           {R"("tags":["\u0061","\"","",null])", Field::tags, R"(["a","\"",""])"},
           {R"("input":{"a":NaN,"b":[-Infinity,Infinity]})", Field::input, R"({"a":"NaN","b":["-Infinity","Infinity"]})"},
           {R"("output":NaN)", Field::output, R"("NaN")"},
           {"\"metadata\":{\n  \"a\": \"x\",\r\n\t\"b\": 2\n}", Field::metadata, "{  \"a\": \"x\",\t\"b\": 2}"},
           {"\"input\":[1]  \n ,\"x\":1", Field::input, "[1]"},
           {"\"input\":12  \n ", Field::input, "12"},
       }) {
    const auto message = decode_create(Kind::trace, body(trace_with(members)));
    ASSERT_TRUE(message) << members << message.error().message;
    EXPECT_EQ(message->fields.text(field), text) << members;
  }
}

TEST(DecodeCreate, RefusesAMemberThatBreaksARule) {
  struct Case {
    Kind kind;
    std::string_view members;
    std::string_view error;
  };
  const std::string time_rule = " must be after or equal 1970-01-01T00:00:00.000000Z and before 2262-04-11T23:47:16.000000000Z";
  const std::vector<Case> cases{
      {Kind::trace, R"("name":{"a":1})",
       "malformed: Unable to process JSON. Cannot deserialize value of name from Object value: expected a string"},
      {Kind::trace, R"("name":[])",
       "malformed: Unable to process JSON. Cannot deserialize value of name from Array value: expected a string"},
      {Kind::trace, R"("thread_id":{})",
       "malformed: Unable to process JSON. Cannot deserialize value of thread_id from Object value: expected a string"},
      {Kind::trace, R"("tags":"a")",
       "malformed: Unable to process JSON. Cannot deserialize value of tags from String \"a\": expected an array of strings"},
      {Kind::trace, R"("tags":["a",{}])",
       "malformed: Unable to process JSON. Cannot deserialize value of tags[1] from Object value: expected a string"},
      {Kind::trace, R"("error_info":"boom")",
       "malformed: Unable to process JSON. Cannot deserialize value of error_info from String \"boom\": expected an object"},
      {Kind::trace, R"("source":"x")",
       "malformed: Unable to process JSON. Cannot deserialize value of source from String \"x\": not one of the values accepted for Enum "
       "class: "
       "[sdk, experiment, playground, optimization]"},
      {Kind::trace, R"("end_time":"2024-01-01T00:00:00")",
       "malformed: Unable to process JSON. Cannot deserialize value of end_time from String \"2024-01-01T00:00:00\": expected an ISO-8601 "
       "instant with a zone, as 2024-01-01T00:00:00.000Z"},
      {Kind::trace, R"("end_time":1704067200)",
       "malformed: Unable to process JSON. Cannot deserialize value of end_time from Number 1704067200: expected an ISO-8601 instant with "
       "a "
       "zone, as 2024-01-01T00:00:00.000Z"},
      {Kind::trace, R"("end_time":"1969-12-31T23:59:59.999Z")", "unprocessable: endTime{time}"},
      {Kind::trace, R"("end_time":"2262-04-11T23:47:16Z")", "unprocessable: endTime{time}"},
      {Kind::trace, R"("start_time":"9999-01-01T00:00:00Z")", "unprocessable: startTime{time}"},
      {Kind::trace, R"("start_time":null)", "unprocessable: startTime must not be null"},
      {Kind::trace, R"("last_updated_at":"2300-01-01T00:00:00Z")",
       "unprocessable: lastUpdatedAt must be after or equal 1970-01-01T00:00:00.000000Z and before 2300-01-01T00:00:00.000000Z"},
      {Kind::trace, R"("last_updated_at":"1969-12-31T23:59:59Z")",
       "unprocessable: lastUpdatedAt must be after or equal 1970-01-01T00:00:00.000000Z and before 2300-01-01T00:00:00.000000Z"},
      {Kind::trace, R"("ttft":-0.5)", "unprocessable: ttft must be greater than or equal to 0.0"},
      {Kind::trace, R"("ttft":"fast")",
       "malformed: Unable to process JSON. Cannot deserialize value of ttft from String \"fast\": expected a number that fits a double"},
      {Kind::trace, R"("ttft":1e999)",
       "malformed: Unable to process JSON. Cannot deserialize value of ttft from Number 1e999: expected a number that fits a double"},
      {Kind::trace, R"("ttft":NaN)",
       "malformed: Unable to process JSON. Cannot deserialize value of ttft from Number NaN: expected a number that fits a double"},
      {Kind::trace, R"("ttft":[1])",
       "malformed: Unable to process JSON. Cannot deserialize value of ttft from Array value: expected a number"},
      {Kind::trace, R"("project_name":"")", "unprocessable: projectName must not be blank"},
      {Kind::trace, R"("project_name":" \t")", "unprocessable: projectName must not be blank"},
      {Kind::trace, R"("id":"7d444840-9dc0-41d1-b245-5ffdce74fad2")", "invalid: Trace id must be a version 7 UUID"},
      {Kind::trace, R"("id":"nonsense")",
       "malformed: Unable to process JSON. Cannot deserialize value of id from String \"nonsense\": expected a UUID of 36 characters"},
      {Kind::trace, R"("id":7)",
       "malformed: Unable to process JSON. Cannot deserialize value of id from Number 7: expected a UUID of 36 characters"},
      {Kind::span, R"("id":"7d444840-9dc0-41d1-b245-5ffdce74fad2")", "invalid: Span id must be a version 7 UUID"},
      {Kind::span, R"("trace_id":null)", "unprocessable: traceId must not be null"},
      {Kind::span, R"("trace_id":"x")",
       "malformed: Unable to process JSON. Cannot deserialize value of trace_id from String \"x\": expected a UUID of 36 characters"},
      {Kind::span, R"("parent_span_id":"")",
       "malformed: Unable to process JSON. Cannot deserialize value of parent_span_id from String \"\": expected a UUID of 36 characters"},
      {Kind::span, R"("type":"LLM")",
       "malformed: Unable to process JSON. Cannot deserialize value of type from String \"LLM\": not one of the values accepted for Enum "
       "class: "
       "[general, tool, llm, guardrail]"},
      {Kind::span, R"("type":1)",
       "malformed: Unable to process JSON. Cannot deserialize value of type from Number 1: not one of the values accepted for Enum class: "
       "[general, tool, llm, guardrail]"},
      {Kind::span, R"("total_estimated_cost":-1)", "unprocessable: totalEstimatedCost must be greater than or equal to 0.0"},
      {Kind::span, R"("usage":{"a":2147483648})",
       "malformed: Unable to process JSON. Cannot deserialize value of usage.a from Number 2147483648: expected a 32-bit integer"},
      {Kind::span, R"("usage":{"a":1.5})",
       "malformed: Unable to process JSON. Cannot deserialize value of usage.a from Number 1.5: expected a 32-bit integer"},
      {Kind::span, R"("usage":{"a":{"b":1}})",
       "malformed: Unable to process JSON. Cannot deserialize value of usage.a from Object value: expected a 32-bit integer"},
      {Kind::span, R"("usage":[1])",
       "malformed: Unable to process JSON. Cannot deserialize value of usage from Array value: expected an object of integers"},
      {Kind::span, R"("model":[])",
       "malformed: Unable to process JSON. Cannot deserialize value of model from Array value: expected a string"},
  };
  for (const auto& [kind, members, error] : cases) {
    std::string expected(error);
    if (const size_t at = expected.find("{time}"); at != std::string::npos) expected.replace(at, 6, time_rule);
    EXPECT_EQ(show(decode_create(kind, body(kind == Kind::trace ? trace_with(members) : span_with(members)))), expected) << members;
  }
  EXPECT_EQ(show(decode_create(Kind::trace, body("{}"))), "unprocessable: startTime must not be null");
  EXPECT_EQ(show(decode_create(Kind::trace, body(trace_with(fmt::format(R"("project_name":"{}")", std::string(151, 'x')))))),
            "unprocessable: projectName size must be between 0 and 150");
  EXPECT_TRUE(decode_create(Kind::trace, body(trace_with(fmt::format(R"("project_name":"{}")", std::string(150, 'x'))))));
}

TEST(DecodeCreate, AcceptsTheEdgesOfEveryRange) {
  for (std::string_view members :
       {R"("end_time":"1970-01-01T00:00:00Z")", R"("end_time":"2262-04-11T23:47:15.999999999Z")", R"("ttft":0)", R"("ttft":-0.0)",
        R"("ttft":1e-999)", R"("ttft":1.7976931348623157e308)", R"("last_updated_at":"2299-12-31T23:59:59.999999999Z")",
        R"("last_updated_at":"1970-01-01T00:00:00Z")"}) {
    EXPECT_TRUE(decode_create(Kind::trace, body(trace_with(members)))) << members;
  }
  for (std::string_view members : {R"("usage":{"a":-2147483648,"b":2147483647,"c":0.0,"d":-0})", R"("total_estimated_cost":0)"}) {
    EXPECT_TRUE(decode_create(Kind::span, body(span_with(members)))) << members;
  }
  EXPECT_EQ(decode_create(Kind::trace, body(trace_with(R"("ttft":1e-999)")))->fields.real(Field::ttft), 0);
  EXPECT_EQ(decode_create(Kind::trace, body(trace_with(R"("last_updated_at":"1970-01-01T00:00:00Z")")))->moment.from_client, true);
}

TEST(DecodeCreate, HoldsTheDepthOfPayloads) {
  const auto nested = [](size_t depth) { return R"("input":)" + std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(decode_create(Kind::trace, body(trace_with(nested(1000)))));
  EXPECT_THAT(show(decode_create(Kind::trace, body(trace_with(nested(1001))))),
              testing::HasSubstr("expected at most 1000 levels of nesting"));
  EXPECT_FALSE(decode_create(Kind::trace, body(trace_with(nested(100'000)))));
}

TEST(DecodeCreate, MakesAnIdWhereNoneIsGiven) {
  const auto message = decode_create(Kind::trace, body(R"({"start_time":"2024-01-01T00:00:00Z"})"));
  EXPECT_EQ(message->id.version(), 7);
  EXPECT_NE(message->id, decode_create(Kind::trace, body(R"({"start_time":"2024-01-01T00:00:00Z"})"))->id);
}

TEST(DecodeCreate, HashesContentAndNothingElse) {
  const auto hash = [](std::string_view members) { return decode_create(Kind::trace, body(trace_with(members)))->content_hash; };
  const uint64_t plain = hash(R"("name":"ab","thread_id":"c")");
  EXPECT_EQ(plain, hash(R"("thread_id":"c","name":"ab","last_updated_at":"2024-01-01T00:00:00Z","unknown":1)"));
  EXPECT_NE(plain, hash(R"("name":"a","thread_id":"bc")"));
  EXPECT_NE(plain, hash(R"("thread_id":"ab","name":"c")"));
  EXPECT_NE(plain, hash(R"("name":"ab","thread_id":"c","project_name":"other")"));
  EXPECT_NE(plain, hash(R"("name":"ab","thread_id":"c","ttft":0)"));
  EXPECT_NE(hash(R"("ttft":0)"), hash(R"("ttft":1)"));
  EXPECT_NE(hash(R"("input":1)"), hash(R"("output":1)"));
  EXPECT_NE(hash(R"("input":{})"), hash(R"("input":null)"));
  EXPECT_EQ(hash(R"("project_name":"Default Project")"), hash(R"("project_name":null)"));
}

TEST(DecodeBatch, KeepsTheGoodItemsBesideTheBad) {
  const auto batch = decode_batch(
      Kind::trace,
      body(traces({trace_with(R"("name":"one")"), trace_with(R"("name":{})"), "17", R"({"id":"x","start_time":null})",
                   trace_with(R"("name":"two")"), "null", R"({"id":"7d444840-9dc0-41d1-b245-5ffdce74fad2"})", R"({"project_name":" "})"})));
  ASSERT_TRUE(batch) << batch.error().message;
  ASSERT_EQ(batch->messages.size(), 2u);
  EXPECT_EQ(batch->messages[0].fields.text(Field::name), "one");
  EXPECT_EQ(batch->messages[1].fields.text(Field::name), "two");
  EXPECT_EQ(batch->positions, (std::vector<size_t>{0, 4}));
  EXPECT_EQ(show_errors(*batch),
            "1 01933b7e-5f2d-7a10-8000-000000000001 malformed: Unable to process JSON. Cannot deserialize value of traces[1].name from "
            "Object value: "
            "expected a string\n"
            "2 - malformed: Unable to process JSON. Cannot deserialize value of traces[2] from Number 17: expected an object\n"
            "3 - malformed: Unable to process JSON. Cannot deserialize value of traces[3].id from String \"x\": expected a UUID of 36 "
            "characters\n"
            "5 - malformed: Unable to process JSON. Cannot deserialize value of traces[5] from null: expected an object\n"
            "6 7d444840-9dc0-41d1-b245-5ffdce74fad2 invalid: Trace id must be a version 7 UUID\n"
            "7 - unprocessable: traces[7].projectName must not be blank\n");
}

TEST(DecodeBatch, NamesTheItemAndMemberInOpiksWay) {
  const auto batch = decode_batch(Kind::span, body(R"({"spans":[{"id":"01933b7e-5f2d-7a10-8000-000000000001"},
      {"trace_id":"01933b7e-5f2d-7a10-8000-0000000000aa","start_time":"1960-01-01T00:00:00Z"},{"start_time":"2024-01-01T00:00:00Z"}]})"));
  EXPECT_EQ(
      show_errors(*batch),
      "0 01933b7e-5f2d-7a10-8000-000000000001 unprocessable: spans[0].startTime must not be null\n"
      "1 - unprocessable: spans[1].startTime must be after or equal 1970-01-01T00:00:00.000000Z and before 2262-04-11T23:47:16.000000000Z\n"
      "2 - unprocessable: spans[2].traceId must not be null\n");
}

TEST(DecodeBatch, HoldsTheLengthOfTheList) {
  const auto list_of = [](size_t count) {
    std::string out = R"({"spans":[)";
    for (size_t i = 0; i < count; ++i) out += (i == 0 ? "{}" : ",{}");
    return out + "]}";
  };
  EXPECT_EQ(decode_batch(Kind::span, body(list_of(1)))->errors.size(), 1u);
  EXPECT_EQ(decode_batch(Kind::span, body(list_of(1000)))->errors.size(), 1000u);
  EXPECT_EQ(show(decode_batch(Kind::span, body(list_of(1001))).error()), "unprocessable: spans size must be between 1 and 1000");
  EXPECT_EQ(show(decode_batch(Kind::trace, body(R"({"traces":[]})")).error()), "unprocessable: traces size must be between 1 and 1000");
  EXPECT_EQ(show(decode_batch(Kind::trace, body(R"({"spans":[{}]})")).error()), "unprocessable: traces must not be null");
  EXPECT_EQ(show(decode_batch(Kind::trace, body(R"({"traces":null})")).error()), "unprocessable: traces must not be null");
  EXPECT_EQ(show(decode_batch(Kind::trace, body(R"({"traces":{}})")).error()),
            "malformed: Unable to process JSON. Cannot deserialize value of traces from Object value: expected an array");
  // Of two lists the later counts, as of any two members.
  EXPECT_EQ(show(decode_batch(Kind::trace, body(R"({"traces":[{}],"traces":null})")).error()), "unprocessable: traces must not be null");
  const auto batch =
      decode_batch(Kind::trace, body(fmt::format(R"({{"traces":[{{}},{{}}],"traces":[{}]}})", trace_with(R"("name":"last")"))));
  EXPECT_EQ(batch->messages.size(), 1u);
  EXPECT_EQ(batch->errors.size(), 0u);
}

TEST(DecodeBatch, RefusesABodyThatIsNoObject) {
  EXPECT_EQ(show(decode_batch(Kind::trace, body("")).error()), "unprocessable: The request body must not be null");
  EXPECT_EQ(show(decode_batch(Kind::trace, body(" \n")).error()), "unprocessable: The request body must not be null");
  EXPECT_EQ(show(decode_batch(Kind::trace, body(" null ")).error()), "unprocessable: The request body must not be null");
  EXPECT_EQ(show(decode_batch(Kind::trace, body("[1]")).error()),
            "malformed: Unable to process JSON. Cannot deserialize the request body from Array value: expected an object");
  EXPECT_EQ(show(decode_batch(Kind::trace, body("\"x\"")).error()),
            "malformed: Unable to process JSON. Cannot deserialize the request body from String \"x\": expected an object");
  EXPECT_EQ(show(decode_batch(Kind::trace, body("hello")).error()), "malformed: Unable to process JSON. At byte 0: expected a value");
  EXPECT_EQ(show(decode_batch(Kind::trace, body("[1")).error()), "malformed: Unable to process JSON. At byte 2: expected ',' or ']'");
  EXPECT_EQ(show(decode_batch(Kind::trace, base::PaddedBuffer()).error()), "unprocessable: The request body must not be null");
}

// One broken spot anywhere breaks the whole body, also in what nobody reads.
TEST(DecodeBatch, RefusesBrokenJsonWhereverItIs) {
  const std::string good = R"({"a":[{"b":0}],"traces":[{"id":"01933b7e-5f2d-7a10-8000-000000000001","start_time":"2024-01-01T00:00:00Z",)"
                           R"("input":{"x":[true,"y"]},"unknown":[1,{"z":"\n"}],"tags":["t"]},{"name":[]}],"last":0})";
  ASSERT_TRUE(decode_batch(Kind::trace, body(good)));
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"true", "tru"},
           {"\"y\"", "\"\\q\""},
           {"[true", "[01"},
           {"\"z\"", "z"},
           {"\\n", "\n"},
           {"\"last\":0}", "\"last\":0}x"},
           {"\"last\":0", "\"last\":"},
           {"\"last\":0", "\"last\":0,"},
           {"\"last\":0", "\"last\" 0"},
           {"\"last\":0", "last:0"},
           {"\"y\"]", "\"y\"}"},
           {"\"tags\":[\"t\"]", "\"tags\":[\"t\""},
           {"\"name\":[]", "\"name\":[}"},
           {"{\"b\":0}", "{\"b\":0]"},
           {"\"id\"", "\"i\\d\""},
           {"\"last\":0}", "\"last\":0"},
           {"\"t\"", "\"\xff\""},
           {"},{", "}{"},
           {"\"last\":0", "\"last\":\"a\":0"},
           {"\"t\"", "\"t\":\"u\""},
           {"{\"b\":0}", "\"c\":{\"b\":0}"},
           {"},{", "},,{"},
           {"\"last\":0}", "\"last\":0}}"},
           {"\"unknown\"", "\"unkn\\own\""},
           {"\"last\":0}", "\"last\":0} {}"},
           {"\"y\"", "\"y"},
           {"\"unknown\":[1,", "\"unknown\":[1,,"},
       }) {
    std::string broken = good;
    const size_t at = broken.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    broken.replace(at, from.size(), to);
    ASSERT_FALSE(nlohmann::json::accept(broken)) << broken;
    const auto batch = decode_batch(Kind::trace, body(broken));
    ASSERT_FALSE(batch) << broken;
    EXPECT_THAT(show(batch.error()), testing::StartsWith("malformed: Unable to process JSON. ")) << broken;
  }
  for (size_t cut = 1; cut < good.size(); ++cut) EXPECT_FALSE(decode_batch(Kind::trace, body(good.substr(0, cut)))) << cut;
  std::string not_utf8 = good;
  not_utf8.replace(not_utf8.find("\"t\""), 3, "\"\xff\"");
  EXPECT_EQ(show(decode_batch(Kind::trace, body(not_utf8)).error()), "malformed: Unable to process JSON. The text is not UTF-8");
}

// The parser that a thread keeps for small bodies gives way to another for a large one.
TEST(DecodeBatch, ReadsLargeBodies) {
  const std::string large(12 << 20, 'x');
  for (int i = 0; i < 2; ++i) {
    const auto message = decode_create(Kind::trace, body(trace_with("\"input\":\"" + large + "\"")));
    ASSERT_TRUE(message);
    EXPECT_EQ(message->fields.text(Field::input).size(), large.size() + 2);
    EXPECT_TRUE(decode_create(Kind::trace, body(trace_with(R"("name":"small")"))));
  }
}

}  // namespace
}  // namespace opik::codec

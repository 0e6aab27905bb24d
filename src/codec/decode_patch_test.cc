// Goal: updates say what they carry and nothing else: null keeps, empty clears, tags are replaced, added or removed.
// Method: whole messages printed and compared; tables of refused bodies.

#include "codec/codec_test.h"
#include "codec/decode.h"

namespace opik::codec {
namespace {

using model::Kind;

std::string patch_trace(std::string_view text) { return show(decode_patch(Kind::trace, uuid(kId), body(text))); }
std::string patch_span(std::string_view members) {
  return show(
      decode_patch(Kind::span, uuid(kId), body(fmt::format(R"({{"trace_id":"{}"{}{}}})", kTraceId, members.empty() ? "" : ",", members))));
}

TEST(DecodePatch, ReadsEveryFieldOfATrace) {
  EXPECT_EQ(patch_trace(R"({"project_name":"shop","name":"n","end_time":"2024-01-01T00:00:01Z","input":1,"output":{},"metadata":{"a":null},
      "tags":["x","y","x"],"error_info":{},"thread_id":"t","ttft":0,"source":"playground","last_updated_at":"2024-01-01T00:00:00Z",
      "start_time":"not read","id":"not read","usage":"not read"})"),
            "trace patch stamp 1704067200000000 in shop\n"
            "name: n\n"
            "end_time: 1704067201000000000\n"
            "input: 1\n"
            "output: {}\n"
            "metadata: {\"a\":null}\n"
            "tags: [\"x\",\"y\"]\n"
            "error_info: {}\n"
            "thread_id: t\n"
            "ttft: 0\n"
            "source: playground\n");
  EXPECT_EQ(decode_patch(Kind::trace, uuid(kId), body("{}"))->id, uuid(kId));
}

TEST(DecodePatch, ReadsEveryFieldOfASpan) {
  EXPECT_EQ(patch_span(R"("parent_span_id":"7d444840-9dc0-41d1-b245-5ffdce74fad2","type":"tool","model":"m","provider":"p","usage":{"a":1},
      "total_estimated_cost":0,"project_id":"01933b7e-5f2d-7a10-8000-0000000000bb")"),
            "span patch in project 01933b7e-5f2d-7a10-8000-0000000000bb\n"
            "trace_id: 01933b7e-5f2d-7a10-8000-0000000000aa\n"
            "parent_span_id: 7d444840-9dc0-41d1-b245-5ffdce74fad2\n"
            "type: tool\n"
            "usage: {\"a\":1}\n"
            "model: m\n"
            "provider: p\n"
            "total_estimated_cost: 0\n");
}

TEST(DecodePatch, KeepsWhatIsNullOrBlankAndClearsWhatIsEmpty) {
  EXPECT_EQ(
      patch_trace(R"({"name":" ","thread_id":"","input":null,"output":null,"metadata":null,"tags":null,"error_info":null,"end_time":null,
      "ttft":null,"source":null,"project_name":null,"project_id":null,"tags_to_add":null,"tags_to_remove":[]})"),
      "trace patch\n");
  EXPECT_EQ(patch_trace(R"({"tags":[]})"), "trace patch\ntags: []\n");
  const std::string bare = "span patch\ntrace_id: 01933b7e-5f2d-7a10-8000-0000000000aa\n";
  EXPECT_EQ(patch_span(R"("model":"","provider":"","usage":null,"type":null,"total_estimated_cost":null)"), bare);
  EXPECT_EQ(patch_span(R"("usage":{"a":null})"), bare);
  EXPECT_EQ(patch_span(R"("usage":{})"), bare + "usage: {}\n");
}

TEST(DecodePatch, TakesEditsOfTagsBeforeTags) {
  EXPECT_EQ(patch_trace(R"({"tags_to_add":["a","b"],"tags_to_remove":["c"]})"), "trace patch\nadd [\"a\",\"b\"] remove [\"c\"]\n");
  EXPECT_EQ(patch_trace(R"({"tags":["x"],"tags_to_remove":["c"]})"), "trace patch\nadd [] remove [\"c\"]\n");
}

TEST(DecodePatch, RefusesWhatBreaksARule) {
  EXPECT_EQ(show(decode_patch(Kind::trace, uuid(kVersion4), body("{}"))), "invalid: Trace id must be a version 7 UUID");
  EXPECT_EQ(show(decode_patch(Kind::span, uuid(kId), body("{}"))), "unprocessable: traceId must not be null");
  EXPECT_EQ(show(decode_patch(Kind::trace, uuid(kId), body(""))), "unprocessable: The request body must not be null");
  EXPECT_EQ(patch_trace(R"({"project_name":" "})"), "unprocessable: projectName must not be blank");
  EXPECT_EQ(
      patch_trace(R"({"project_id":"x"})"),
      "malformed: Unable to process JSON. Cannot deserialize value of project_id from String \"x\": expected a UUID of 36 characters");
  EXPECT_EQ(patch_trace(R"({"end_time":"tomorrow"})"),
            "malformed: Unable to process JSON. Cannot deserialize value of end_time from String \"tomorrow\": expected an ISO-8601 "
            "instant with a "
            "zone, as 2024-01-01T00:00:00.000Z");
  EXPECT_EQ(patch_trace(R"({"tags":{}})"),
            "malformed: Unable to process JSON. Cannot deserialize value of tags from Object value: expected an array of strings");
}

TEST(DecodePatch, HoldsTheLimitsOfTags) {
  const auto tags = [](size_t count, size_t length) {
    std::string out = "[";
    for (size_t i = 0; i < count; ++i) out += fmt::format("{}\"{:0>{}}\"", i == 0 ? "" : ",", i, length);
    return out + "]";
  };
  for (std::string_view member : {"tags", "tags_to_add", "tags_to_remove"}) {
    const std::string camel = member == "tags" ? "tags" : member == "tags_to_add" ? "tagsToAdd" : "tagsToRemove";
    const auto patch = [&](const std::string& list) { return patch_trace(fmt::format(R"({{"{}":{}}})", member, list)); };
    EXPECT_TRUE(patch(tags(50, 100)).starts_with("trace patch\n"));
    EXPECT_EQ(patch(tags(51, 2)), "unprocessable: " + camel + " Cannot have more than 50 tags");
    EXPECT_EQ(patch(tags(1, 101)), "unprocessable: " + camel + " must not hold a tag of more than 100 characters");
    EXPECT_EQ(patch(R"(["a"," "])"), "unprocessable: " + camel + " must not hold a blank tag");
  }
  std::string wide;  // characters are counted, not bytes
  for (int i = 0; i < 100; ++i) wide += "\xc3\xa9";
  EXPECT_TRUE(patch_trace(R"({"tags":[")" + wide + R"("]})").starts_with("trace patch\n"));
}

std::string show_all(const base::Result<std::vector<model::Message>>& messages) {
  if (!messages) return show(messages.error());
  std::string out;
  for (const model::Message& message : *messages) out += message.id.text().substr(34) + " " + show(message);
  return out;
}

TEST(DecodePatchBatch, SaysTheSameOfEveryId) {
  EXPECT_EQ(show_all(decode_patch_batch(
                Kind::trace,
                body(fmt::format(R"({{"ids":["{}","{}","{}"],"update":{{"name":"n","tags":["a"],"input":[NaN]}}}})", kId, kOtherId, kId)))),
            "01 trace patch\nname: n\ninput: [\"NaN\"]\ntags: [\"a\"]\n"
            "02 trace patch\nname: n\ninput: [\"NaN\"]\ntags: [\"a\"]\n");
}

TEST(DecodePatchBatch, MergesTagsWhenAsked) {
  const auto patch = [](std::string_view rest) {
    return show_all(decode_patch_batch(Kind::trace, body(fmt::format(R"({{"ids":["{}"],{}}})", kId, rest))));
  };
  EXPECT_EQ(patch(R"("update":{"tags":["a","b"]},"merge_tags":true)"), "01 trace patch\nadd [\"a\",\"b\"] remove []\n");
  EXPECT_EQ(patch(R"("update":{"tags":["a","b"]},"merge_tags":"true")"), "01 trace patch\nadd [\"a\",\"b\"] remove []\n");
  EXPECT_EQ(patch(R"("update":{"tags":["a"]},"merge_tags":false)"), "01 trace patch\ntags: [\"a\"]\n");
  EXPECT_EQ(patch(R"("update":{"tags":["a"]},"merge_tags":null)"), "01 trace patch\ntags: [\"a\"]\n");
  EXPECT_EQ(patch(R"("update":{"tags":[]},"merge_tags":true)"), "01 trace patch\n");
  EXPECT_EQ(patch(R"("update":{"tags":["a"],"tags_to_add":["b"]},"merge_tags":true)"), "01 trace patch\nadd [\"b\"] remove []\n");
}

TEST(DecodePatchBatch, RefusesWhatBreaksARule) {
  const auto patch = [](Kind kind, std::string_view text) { return show_all(decode_patch_batch(kind, body(text))); };
  EXPECT_EQ(patch(Kind::trace, "{}"), "unprocessable: ids must not be null");
  EXPECT_EQ(patch(Kind::trace, R"({"ids":[],"update":{}})"), "unprocessable: ids size must be between 1 and 1000");
  EXPECT_EQ(patch(Kind::trace, fmt::format(R"({{"ids":["{}"]}})", kId)), "unprocessable: update must not be null");
  EXPECT_EQ(patch(Kind::trace, fmt::format(R"({{"ids":["{}"],"update":[]}})", kId)),
            "malformed: Unable to process JSON. Cannot deserialize value of update from Array value: expected an object");
  EXPECT_EQ(patch(Kind::trace, fmt::format(R"({{"ids":["{}","x"],"update":{{}}}})", kId)),
            "malformed: Unable to process JSON. Cannot deserialize value of ids[1] from String \"x\": expected a UUID of 36 characters");
  EXPECT_EQ(patch(Kind::trace, fmt::format(R"({{"ids":["{}","{}"],"update":{{}}}})", kId, kVersion4)),
            "invalid: Trace id must be a version 7 UUID");
  EXPECT_EQ(patch(Kind::span, fmt::format(R"({{"ids":["{}"],"update":{{}}}})", kId)), "unprocessable: update.traceId must not be null");
  EXPECT_EQ(patch(Kind::trace, fmt::format(R"({{"ids":["{}"],"update":{{"ttft":-1}}}})", kId)),
            "unprocessable: update.ttft must be greater than or equal to 0.0");
  EXPECT_EQ(patch(Kind::trace, fmt::format(R"({{"ids":["{}"],"update":{{"name":{{}}}}}})", kId)),
            "malformed: Unable to process JSON. Cannot deserialize value of update.name from Object value: expected a string");
  EXPECT_EQ(patch(Kind::trace, fmt::format(R"({{"ids":["{}"],"update":{{}},"merge_tags":1}})", kId)),
            "malformed: Unable to process JSON. Cannot deserialize value of merge_tags from Number 1: expected a boolean");
}

}  // namespace
}  // namespace opik::codec

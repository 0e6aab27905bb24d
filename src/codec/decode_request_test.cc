// Goal: the small requests (ids, projects, searches, query parameters) and the small texts in fields (tags, usage) are read
// as they should be.
// Method: whole values compared; tables of refused bodies.

#include <gmock/gmock.h>

#include "codec/codec_test.h"
#include "codec/decode.h"

namespace opik::codec {
namespace {

using model::Kind;
using testing::ElementsAre;

TEST(DecodeIds, ReadsDistinctIds) {
  const auto list = decode_ids(body(fmt::format(R"({{"ids":["{}","{}","{}"],"project_id":"{}"}})", kId, kVersion4, kId, kTraceId)));
  ASSERT_TRUE(list);
  EXPECT_THAT(list->ids, ElementsAre(uuid(kId), uuid(kVersion4)));
  EXPECT_EQ(list->project_id, uuid(kTraceId));
  EXPECT_EQ(decode_ids(body(fmt::format(R"({{"ids":["{}"]}})", kId)))->project_id, std::nullopt);
}

TEST(DecodeIds, RefusesWhatBreaksARule) {
  const auto error = [](std::string_view text) { return show(decode_ids(body(text)).error()); };
  EXPECT_EQ(error("{}"), "unprocessable: ids must not be null");
  EXPECT_EQ(error(R"({"ids":[]})"), "unprocessable: ids size must be between 1 and 1000");
  EXPECT_EQ(error(R"({"ids":"x"})"),
            "malformed: Unable to process JSON. Cannot deserialize value of ids from String \"x\": expected an array of UUIDs");
  EXPECT_EQ(error(R"({"ids":[null]})"),
            "malformed: Unable to process JSON. Cannot deserialize value of ids[0] from null: expected a UUID of 36 characters");
  std::string many;
  for (int i = 0; i < 1001; ++i) many += fmt::format("{}\"{}\"", i == 0 ? "" : ",", kId);
  EXPECT_EQ(error(R"({"ids":[)" + many + "]}"), "unprocessable: ids size must be between 1 and 1000");
}

TEST(DecodeProject, ReadsWhatIsThere) {
  const auto project = decode_project(body(R"({"name":"shop","description":"","visibility":"public"})"), true);
  ASSERT_TRUE(project);
  EXPECT_EQ(project->name, "shop");
  EXPECT_EQ(project->description, "");
  EXPECT_EQ(project->visibility, "public");
  const auto nothing = decode_project(body("{}"), false);
  EXPECT_FALSE(nothing->name || nothing->description || nothing->visibility);
  EXPECT_EQ(*decode_project_name(body(R"({"name":"shop"})")), "shop");
}

TEST(DecodeProject, RefusesWhatBreaksARule) {
  const auto error = [](std::string_view text, bool creating) { return show(decode_project(body(text), creating).error()); };
  EXPECT_EQ(error("{}", true), "unprocessable: name must not be null");
  EXPECT_EQ(error(R"({"name":" "})", true), "unprocessable: name must not be blank");
  EXPECT_EQ(error(R"({"name":" "})", false), "unprocessable: name must not be blank");
  EXPECT_EQ(error(fmt::format(R"({{"name":"{}"}})", std::string(151, 'x')), true), "unprocessable: name size must be between 0 and 150");
  EXPECT_EQ(error(fmt::format(R"({{"description":"{}"}})", std::string(256, 'x')), false),
            "unprocessable: description size must be between 0 and 255");
  EXPECT_EQ(error(R"({"visibility":"secret"})", false),
            "malformed: Unable to process JSON. Cannot deserialize value of visibility from String \"secret\": not one of the values "
            "accepted for Enum "
            "class: [private, public]");
  EXPECT_EQ(show(decode_project_name(body("{}")).error()), "unprocessable: name must not be null");
}

std::string show(const SearchRequest& search) {
  const auto id = [](const std::optional<base::Uuid>& value) { return value ? value->text() : std::string("-"); };
  return fmt::format("project {}/{} trace {} type {} filters {} last {} limit {} truncate {} exclude {} from {} to {}", search.project_name,
                     id(search.project_id), id(search.trace_id), search.type.value_or("-"), search.filters, id(search.last_retrieved_id),
                     search.limit, search.truncate, print_tags(search.exclude), search.from_time_ms.value_or(-1),
                     search.to_time_ms.value_or(-1));
}

TEST(DecodeSearch, ReadsEveryMember) {
  EXPECT_EQ(
      show(*decode_search(
          Kind::span,
          body(fmt::format(
              R"({{"project_name":"shop","project_id":"{0}","trace_id":"{0}","type":"llm","filters":[{{"field":"x"}}],"last_retrieved_id":"{0}",)"
              R"("limit":2000,"truncate":true,"strip_attachments":true,"exclude":["input"],"from_time":"1969-01-01T00:00:00Z","to_time":"1970-01-01T00:00:01.9999Z"}})",
              kId)))),
      "project shop/01933b7e-5f2d-7a10-8000-000000000001 trace 01933b7e-5f2d-7a10-8000-000000000001 type llm filters [{\"field\":\"x\"}] "
      "last "
      "01933b7e-5f2d-7a10-8000-000000000001 limit 2000 truncate true exclude [\"input\"] from 0 to 1999");
  EXPECT_EQ(show(*decode_search(Kind::trace, body(R"({"filters":[],"type":"not read","trace_id":1,"limit":null})"))),
            "project /- trace - type - filters  last - limit 500 truncate false exclude [] from -1 to -1");
}

TEST(DecodeSearch, RefusesWhatBreaksARule) {
  const auto error = [](std::string_view text) { return codec::show(decode_search(Kind::span, body(text)).error()); };
  EXPECT_EQ(error(R"({"limit":0})"), "unprocessable: limit must be greater than or equal to 1");
  EXPECT_EQ(error(R"({"limit":2001})"), "unprocessable: limit must be less than or equal to 2000");
  EXPECT_EQ(error(R"({"limit":"many"})"),
            "malformed: Unable to process JSON. Cannot deserialize value of limit from String \"many\": expected an integer");
  EXPECT_EQ(error(R"({"filters":7})"),
            "malformed: Unable to process JSON. Cannot deserialize value of filters from Number 7: expected an array");
  EXPECT_EQ(error(R"({"type":"x"})"),
            "malformed: Unable to process JSON. Cannot deserialize value of type from String \"x\": not one of the values accepted for "
            "Enum class: "
            "[general, tool, llm, guardrail]");
  EXPECT_EQ(error(R"({"from_time":"2024-01-02T00:00:00Z","to_time":"2024-01-01T00:00:00Z"})"),
            "malformed: Parameter 'from_time' must be before 'to_time'");
  EXPECT_EQ(error(R"({"from_time":"yesterday"})"),
            "malformed: Unable to process JSON. Cannot deserialize value of from_time from String \"yesterday\": expected an ISO-8601 "
            "instant with a "
            "zone, as 2024-01-01T00:00:00.000Z");
}

TEST(Parameters, AreArraysOfNames) {
  EXPECT_THAT(*decode_names(R"( ["input","a\u0062"] )"), ElementsAre("input", "ab"));
  EXPECT_THAT(*decode_names("[]"), ElementsAre());
  EXPECT_EQ(codec::show(decode_names(R"(["a",1])").error()),
            "malformed: Unable to process JSON. Expected an array of strings, found in it Number 1");
  EXPECT_EQ(codec::show(decode_names("input").error()), "malformed: Unable to process JSON. At byte 0: expected a value, found: input");
  EXPECT_EQ(codec::show(decode_names("{}").error()), "malformed: Unable to process JSON. Expected an array, found Object value");
  EXPECT_FALSE(decode_names("[\"\xff\"]"));
  EXPECT_FALSE(*has_members(" [ ] "));
  EXPECT_TRUE(*has_members(R"([{"field":"x"}])"));
  EXPECT_FALSE(has_members("[1"));
  EXPECT_FALSE(has_members(""));
  EXPECT_FALSE(has_members("null"));
}

TEST(Tags, ReadAndPrintTheSame) {
  EXPECT_THAT(parse_tags(R"(["a","\"b\"","é\n"])"), ElementsAre("a", "\"b\"", "é\n"));
  EXPECT_EQ(print_tags({"a", "\"b\"", "é\n"}), R"(["a","\"b\"","é\n"])");
  EXPECT_THAT(parse_tags(""), ElementsAre());
  EXPECT_THAT(parse_tags("[]"), ElementsAre());
  EXPECT_EQ(print_tags({}), "[]");
}

TEST(Tags, AreEdited) {
  const auto edit = [](std::string_view tags, std::vector<std::string> add, std::vector<std::string> remove) {
    const auto edited = edit_tags(tags, {std::move(add), std::move(remove)});
    return edited ? *edited : codec::show(edited.error());
  };
  EXPECT_EQ(edit(R"(["a","b"])", {"c", "a"}, {"b"}), R"(["a","c"])");
  EXPECT_EQ(edit("", {"x", "x"}, {"y"}), R"(["x"])");
  EXPECT_EQ(edit(R"(["a"])", {}, {"a"}), "[]");
  EXPECT_EQ(edit(R"(["a"])", {"a"}, {"a"}), R"(["a"])");
  std::vector<std::string> many;
  for (int i = 0; i < 50; ++i) many.push_back(std::to_string(i));
  EXPECT_EQ(edit_tags("[]", {many, {}})->substr(0, 8), R"(["0","1")");
  EXPECT_EQ(edit(R"(["a"])", many, {}), "unprocessable: Tag limit exceeded: maximum 50 tags per item");
  EXPECT_TRUE(edit(R"(["a"])", many, {"a"}).starts_with("[\"0\""));
}

TEST(Usage, IsAddedUp) {
  model::TokenCounts totals{{"a", 1}};
  add_usage(R"({"a":2147483647,"b":-1})", totals);
  add_usage(R"({"a":2147483647,"\u0062":5})", totals);
  add_usage("", totals);
  add_usage("{}", totals);
  EXPECT_EQ(totals, (model::TokenCounts{{"a", 4'294'967'295}, {"b", 4}}));
}

// However it is written; what is no integer does not count.
TEST(Usage, IsReadInAnyForm) {
  const auto added = [](std::string_view json) {
    model::TokenCounts counts{{"b", 10}};
    add_usage(json, counts);
    return counts;
  };
  const model::TokenCounts both{{"a", 1}, {"b", 12}};
  EXPECT_EQ(added(R"({"a":1,"b":2})"), both);
  EXPECT_EQ(added(R"( {"a":1,"b":2})"), (model::TokenCounts{{"b", 10}}));  // values come trimmed
  EXPECT_EQ(added(R"({ "a" : 1 , "b":2 })"), both);
  EXPECT_EQ(added(R"({"a":1,"b":2,"c":1.5,"d":{"e":1},"f":"1"})"), both);
  EXPECT_EQ(added(R"({"a,\":":1})"), (model::TokenCounts{{"a,\":", 1}, {"b", 10}}));
}

TEST(StringMember, IsFoundAtTheTop) {
  const std::string_view error =
      R"({"traceback":"{\"exception_type\":\"no\"}", "nested": {"exception_type":"no"}, "exception_type" : "Value\u0045rror", "n":1})";
  EXPECT_EQ(string_member(error, "exception_type"), "ValueError");
  EXPECT_EQ(string_member(error, "n"), std::nullopt);
  EXPECT_EQ(string_member(error, "message"), std::nullopt);
  EXPECT_EQ(string_member("", "a"), std::nullopt);
  EXPECT_EQ(string_member("[1]", "a"), std::nullopt);
}

}  // namespace
}  // namespace opik::codec

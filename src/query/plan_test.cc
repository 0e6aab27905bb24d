// Goal: what can be run is planned with its values parsed, and what cannot is refused in Opik's words with what would be accepted.
// Method: the whole matrix of fields and operators against the table of types that Opik documents, written here a second time;
// then texts with the plan or the message that is expected.

#include "query/plan.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "query/json_key.h"
#include "query/limits.h"
#include "query/print_test.h"
#include "query/value.h"

namespace opik::query {
namespace {

std::string plan(Entity entity, std::string_view text) {
  const base::Result<Ast> ast = parse_oql(text);
  EXPECT_TRUE(ast) << text;
  if (!ast) return ast.error().message;
  const base::Result<Filter> filter = plan_filter(entity, *ast);
  if (filter) return print(*filter);
  EXPECT_EQ(filter.error().code, base::Code::malformed);
  return filter.error().message;
}

Comparison json(std::string field, std::string op, std::string value, std::string key = "") {
  return {std::move(field), std::move(key), std::move(op), std::move(value), {}, true, "filter 1"};
}
std::string plan(Entity entity, Comparison written) {
  const base::Result<Filter> filter = plan_filter(entity, Ast{Ast::Form::json, "[...]", {std::move(written)}});
  return filter ? print(*filter) : filter.error().message;
}

// Opik's tables: the type of every field.
const std::map<Entity, std::map<std::string, std::string>> kTypes{
    {Entity::trace,
     {{"id", "STRING_EXACT"},
      {"name", "STRING"},
      {"start_time", "DATE_TIME"},
      {"end_time", "DATE_TIME"},
      {"input", "STRING"},
      {"output", "STRING"},
      {"input_json", "DICTIONARY"},
      {"output_json", "DICTIONARY"},
      {"metadata", "DICTIONARY"},
      {"total_estimated_cost", "NUMBER"},
      {"llm_span_count", "NUMBER"},
      {"tags", "LIST"},
      {"usage.completion_tokens", "NUMBER"},
      {"usage.prompt_tokens", "NUMBER"},
      {"usage.total_tokens", "NUMBER"},
      {"feedback_scores", "FEEDBACK_SCORES_NUMBER"},
      {"span_feedback_scores", "FEEDBACK_SCORES_NUMBER"},
      {"duration", "DURATION"},
      {"ttft", "NUMBER"},
      {"thread_id", "STRING_EXACT"},
      {"guardrails", "STRING"},
      {"visibility_mode", "ENUM"},
      {"error_info", "ERROR_CONTAINER"},
      {"error_type", "STRING"},
      {"created_at", "DATE_TIME"},
      {"last_updated_at", "DATE_TIME"},
      {"annotation_queue_ids", "LIST"},
      {"experiment_id", "STRING_EXACT"},
      {"source", "ENUM_LEGACY"}}},
    {Entity::span,
     {{"id", "STRING"},
      {"name", "STRING"},
      {"start_time", "DATE_TIME"},
      {"end_time", "DATE_TIME"},
      {"input", "STRING"},
      {"output", "STRING"},
      {"input_json", "DICTIONARY"},
      {"output_json", "DICTIONARY"},
      {"metadata", "DICTIONARY"},
      {"model", "STRING"},
      {"provider", "STRING"},
      {"total_estimated_cost", "NUMBER"},
      {"tags", "LIST"},
      {"usage.completion_tokens", "NUMBER"},
      {"usage.prompt_tokens", "NUMBER"},
      {"usage.total_tokens", "NUMBER"},
      {"feedback_scores", "FEEDBACK_SCORES_NUMBER"},
      {"duration", "DURATION"},
      {"ttft", "NUMBER"},
      {"error_info", "ERROR_CONTAINER"},
      {"error_type", "STRING"},
      {"type", "ENUM"},
      {"trace_id", "STRING"},
      {"source", "ENUM_LEGACY"},
      {"created_at", "DATE_TIME"},
      {"last_updated_at", "DATE_TIME"}}},
    {Entity::thread,
     {{"id", "STRING_EXACT"},
      {"first_message", "STRING"},
      {"last_message", "STRING"},
      {"number_of_messages", "NUMBER"},
      {"duration", "DURATION"},
      {"created_at", "DATE_TIME"},
      {"last_updated_at", "DATE_TIME"},
      {"start_time", "DATE_TIME"},
      {"end_time", "DATE_TIME"},
      {"feedback_scores", "FEEDBACK_SCORES_NUMBER"},
      {"status", "ENUM"},
      {"tags", "LIST"},
      {"annotation_queue_ids", "LIST"},
      {"source", "ENUM_LEGACY"}}},
};

const std::set<std::string> kOfStrings{"=", "!=", "contains", "not_contains", "starts_with", "ends_with", ">", "<"};
const std::set<std::string> kOfNumbers{"=", "!=", ">", ">=", "<", "<="};
const std::map<std::string, std::set<std::string>> kOperators{
    {"STRING", kOfStrings},
    {"STRING_EXACT", kOfStrings},
    {"DATE_TIME", kOfNumbers},
    {"NUMBER", kOfNumbers},
    {"DURATION", kOfNumbers},
    {"LIST", {"=", "!=", "contains", "not_contains", "is_empty", "is_not_empty"}},
    {"DICTIONARY", {"=", "!=", "contains", "not_contains", "starts_with", "ends_with", ">", ">=", "<", "<=", "is_empty", "is_not_empty"}},
    {"FEEDBACK_SCORES_NUMBER", {"=", "!=", ">", ">=", "<", "<=", "is_empty", "is_not_empty"}},
    {"ENUM", {"=", "!=", "in", "not_in"}},
    {"ENUM_LEGACY", {"=", "!=", "in", "not_in"}},
    {"ERROR_CONTAINER", {"is_empty", "is_not_empty"}},
};
const std::vector<std::string> kAllOperators{
    "=", "!=", ">", ">=", "<", "<=", "contains", "not_contains", "starts_with", "ends_with", "is_empty", "is_not_empty", "in", "not_in"};

std::string good_value(const std::string& field, const std::string& type) {
  if (type == "DATE_TIME") return "2024-01-01T00:00:00Z";
  if (type == "ENUM" && field == "type") return "llm";
  if (type == "ENUM") return field == "status" ? "active" : "default";
  if (type == "ENUM_LEGACY") return "sdk";
  return "1";
}

TEST(Plan, EveryFieldTakesTheOperatorsOfItsType) {
  int planned = 0;
  for (const auto& [entity, fields] : kTypes) {
    for (const auto& [field, type] : fields) {
      const std::string key = type == "DICTIONARY" || type == "FEEDBACK_SCORES_NUMBER" ? "k" : "";
      for (const std::string& op : kAllOperators) {
        const std::string got = plan(entity, json(field, op, good_value(field, type), key));
        if (kOperators.at(type).contains(op)) {
          EXPECT_NE(got.find(" " + type + " "), std::string::npos) << field << " " << op << ": " << got;
          EXPECT_EQ(got.find("Invalid"), std::string::npos) << field << " " << op << ": " << got;
          ++planned;
        } else {
          const std::string begin =
              "Invalid operator '" + op + "' for field '" + field + "' of type '" + type + "' (filter 1): expected one of ";
          EXPECT_TRUE(got.starts_with(begin)) << got;
        }
      }
    }
    // The tables name no field that is not here, but for custom.
    for (const FieldEntry& entry : filter_fields(entity)) {
      const bool known = fields.contains(std::string(entry.name)) || entry.name == "custom" || entry.name == "usage.*";
      EXPECT_TRUE(known) << entry.name;
    }
  }
  EXPECT_GT(planned, 400);
}

TEST(Plan, ParsesValues) {
  const std::pair<const char*, const char*> cases[] = {
      {R"(name contains "X")", " STRING contains 'X'\n"},
      {"duration > 2", " DURATION > 2.000000 (2)\n"},
      {"duration > -1.5e2", " DURATION > -150.000000 (-1.5e2)\n"},
      {R"(start_time >= "2024-01-01T00:00:00.5+01:00")", " DATE_TIME >= 1704063600s+500000000\n"},
      {"feedback_scores.acc >= 0.5", " FEEDBACK_SCORES_NUMBER key 'acc' >= 500000000n\n"},
      {"feedback_scores.\"a b\" is_empty", " FEEDBACK_SCORES_NUMBER key 'a b' is_empty -\n"},
      {"usage.total_tokens < 100", " NUMBER key 'total_tokens' < 100.000000 (100)\n"},
      {"usage.cached = 1", " NUMBER key 'cached' = 1.000000 (1)\n"},
      {R"(metadata.user = "u")", " DICTIONARY at $.user = 'u'\n"},
      {"metadata.a.b > 5", " DICTIONARY at $.a.b or 'a.b' > 5.000000 (5)\n"},
      {R"(metadata.a = "5")", " DICTIONARY at $.a = 5.000000 (5)\n"},
      {R"(metadata.a = "")", " DICTIONARY at $.a = ''\n"},
      {R"(source in ("sdk", "unknown"))", " ENUM_LEGACY in 'sdk' 'unknown' \n"},
      {"error_info is_not_empty", " ERROR_CONTAINER is_not_empty -\n"},
      {R"(custom."input.a.b" = "x")", " DICTIONARY at $.a.b or 'a.b' = 'x'\n"},
      {R"(custom."output[0]" = "x")", " DICTIONARY at $[0] = 'x'\n"},
      {R"(custom."$.input[0].a" = "x")", " DICTIONARY at $[0].a = 'x'\n"},
      {R"(custom.metadata contains "x")", " STRING contains 'x'\n"},
  };
  for (const auto& [text, expected] : cases) {
    const std::string got = plan(Entity::trace, text);
    EXPECT_EQ(got.substr(std::min(got.find(' '), got.size())), expected) << text;
  }
  EXPECT_EQ(plan(Entity::trace, ""), "");
}

TEST(Plan, RefusesInOpiksWords) {
  struct Case {
    std::string got;
    std::string expected;  // the beginning
  };
  const auto trace = [](std::string_view text) { return plan(Entity::trace, text); };
  for (const Case& c : {
           Case{trace("nam = \"x\""),
                "Invalid filters query parameter 'nam = \"x\"': at byte 0: there is no field 'nam': a trace has id, name, "},
           Case{plan(Entity::span, R"(name = "x" and thread_id = "t")"),
                "Invalid filters query parameter 'name = \"x\" and thread_id = \"t\"': at byte 15: there is no field 'thread_id': a span "
                "has id, "},
           Case{plan(Entity::trace, json("name", "like", "x")),
                "Invalid filters query parameter '[...]': filter 1: there is no operator 'like': expected one of =, !=, contains, "},
           Case{trace("name >= \"x\""),
                "Invalid operator '>=' for field 'name' of type 'STRING' (at byte 0): expected one of =, !=, contains, "
                "not_contains, starts_with, ends_with, >, <"},
           Case{trace("name = \" \""),
                "Invalid value ' ' or key '' for field 'name' of type 'STRING' (at byte 0): expected a text that is not blank"},
           Case{trace("name.x = \"a\""),
                "Invalid filters query parameter 'name.x = \"a\"': at byte 0: field 'name' has no keys: found 'x'"},
           Case{trace("ttft > \"fast\""),
                "Invalid value 'fast' or key '' for field 'ttft' of type 'NUMBER' (at byte 0): expected a number"},
           Case{trace("ttft > 1e400"), "Invalid value '1e400' or key '' for field 'ttft' of type 'NUMBER' (at byte 0): expected a number"},
           Case{trace("start_time > \"2024-01-01\""),
                "Invalid value '2024-01-01' or key '' for field 'start_time' of type 'DATE_TIME' (at byte 0): "
                "expected an ISO-8601 instant with a zone"},
           Case{trace("metadata = \"x\""),
                "Invalid value 'x' or key '' for field 'metadata' of type 'DICTIONARY' (at byte 0): expected a key"},
           Case{trace("metadata.\"$.a[\" = \"x\""),
                "Invalid value 'x' or key '$.a[' for field 'metadata' of type 'DICTIONARY' (at byte 0): expected a key"},
           Case{trace("feedback_scores > 1"),
                "Invalid value '1' or key '' for field 'feedback_scores' of type 'FEEDBACK_SCORES_NUMBER' (at byte 0): "
                "expected the score's name"},
           Case{trace("feedback_scores.q > \"high\""), "Invalid value 'high' or key 'q' for field 'feedback_scores'"},
           Case{trace("feedback_scores is_empty"), "Invalid value '' or key '' for field 'feedback_scores'"},
           Case{plan(Entity::span, "type = \"agent\""),
                "Invalid value 'agent' or key '' for field 'type' of type 'ENUM' (at byte 0): expected one of "
                "general, tool, llm, guardrail"},
           Case{plan(Entity::span, R"(type in ("llm", "x"))"),
                "Invalid value 'llm, x' or key '' for field 'type' of type 'ENUM' (at byte 0): expected some "
                "of general"},
           Case{trace("source = \"SDK\""), "Invalid value 'SDK' or key '' for field 'source' of type 'ENUM_LEGACY'"},
           Case{trace("custom = \"x\""), "Custom key cannot be null or empty (at byte 0)"},
           Case{trace("custom.name = \"x\""), "Invalid key 'name' for custom filter (at byte 0): expected input, output or metadata"},
           Case{trace("error_info = \"x\""), "Invalid operator '=' for field 'error_info' of type 'ERROR_CONTAINER'"},
       }) {
    EXPECT_TRUE(c.got.starts_with(c.expected)) << c.got << "\nexpected " << c.expected;
  }
  Comparison without = json("name", "=", "");
  without.has_value = false;
  EXPECT_TRUE(plan(Entity::trace, without).starts_with("Invalid value '' or key '' for field 'name'"));
  Ast many{Ast::Form::json, "[...]", std::vector<Comparison>(kConditionsMax + 1, json("name", "=", "x"))};
  EXPECT_EQ(plan_filter(Entity::trace, many).error().message,
            "Invalid filters query parameter '[...]': expected at most 100 conditions, found 101");
}

TEST(Plan, DecodesJsonValuesOnceMoreButNoTexts) {
  EXPECT_NE(plan(Entity::trace, json("tags", "contains", "a%20b")).find("'a b'"), std::string::npos);
  EXPECT_NE(plan(Entity::trace, json("metadata", "=", "50%", "k")).find("'50%'"), std::string::npos) << "what is no sequence stays";
  EXPECT_NE(plan(Entity::trace, json("name", "=", "a%20b")).find("'a%20b'"), std::string::npos);
  EXPECT_NE(plan(Entity::trace, json("start_time", "=", "2024-01-01T00%3A00%3A00+01:00")).find("1704063600s"), std::string::npos);
  EXPECT_NE(plan(Entity::trace, "tags contains \"a%20b\"").find("'a%20b'"), std::string::npos) << "OQL is not encoded";
  EXPECT_NE(plan(Entity::span, json("type", "in", "llm, tool,")).find("'llm' 'tool' "), std::string::npos);
}

TEST(Plan, JsonKeys) {
  const std::pair<const char*, const char*> cases[] = {
      {"user", "$.user"},
      {"user.name", "$.user.name or 'user.name'"},
      {"user-id", "$.user-id"},
      {"a b", "$.a b"},
      {"$schema", "$.$schema"},
      {"$", "$"},
      {"$.a", "$.a"},
      {".a", "$.a"},
      {"[0]", "$[0]"},
      {"a[0].b[*]", "$.a[0].b[*] or 'a[0].b[*]'"},
      {"$['a b'][\"c.d\"]", "$.a b.c.d"},
      {"$['it\\'s']", "$.it's"},
      {"feature[beta]", "$.feature[beta]"},
      {"a[-1]", "$.a[-1]"},
      {"a..b", "$.a..b or 'a..b'"},
      {"a.", "$.a. or 'a.'"},
      {"a]", "$.a]"},
      {"", "refused"},
      {"$.", "refused"},
      {"$.a[", "refused"},
      {"$[x]", "refused"},
      {"[99999999999999999999]", "refused"},
      {"['a", "refused"},
      {".", "refused"},
      {"$.a]", "refused"},
  };
  for (const auto& [key, expected] : cases) {
    const auto path = parse_json_key(key);
    EXPECT_EQ(path ? print(*path) : "refused", expected) << key;
  }
  std::string deep = "$";
  for (size_t i = 0; i < kPathStepsMax; ++i) deep += "[0]";
  EXPECT_TRUE(parse_json_key(deep));
  EXPECT_FALSE(parse_json_key(deep + "[0]"));
}

TEST(Plan, Numbers) {
  const auto number = [](std::string_view text) {
    const auto parsed = parse_number(text);
    return parsed ? std::to_string(parsed->value) : "refused";
  };
  const auto nano = [](std::string_view text) {
    const auto parsed = parse_nano(text);
    return parsed ? std::to_string(parsed->value) : "refused";
  };
  EXPECT_EQ(number("1"), "1.000000");
  EXPECT_EQ(number("+0.5"), "0.500000");
  EXPECT_EQ(number("-.5E1"), "-5.000000");
  EXPECT_EQ(number("7."), "7.000000");
  EXPECT_EQ(number("1e-999999999999999999999"), "0.000000");
  EXPECT_EQ(number("0e999999999"), "0.000000");
  for (const char* bad :
       {"", " ", "1 ", "x", "--1", "+-1", "1e", "1e+", "e1", ".", "0x10", "nan", "inf", "1,5", "1e400", "1e99999999999999999999"})
    EXPECT_EQ(number(bad), "refused") << bad;
  EXPECT_EQ(nano("0.5"), "500000000");
  EXPECT_EQ(nano("-0.1234567899"), "-123456789") << "digits beyond nine are cut off";
  EXPECT_EQ(nano("5e-1"), "500000000");
  EXPECT_EQ(nano("0.00000000000000001e10"), "100");
  EXPECT_EQ(nano("999999999.999999999"), "999999999999999999");
  EXPECT_EQ(nano("1000000000"), "1000000000000000000");
  EXPECT_EQ(nano("-1e300"), "-1000000000000000000") << "held beyond any score";
  EXPECT_EQ(nano("0e300"), "0");
  EXPECT_EQ(nano("one"), "refused");
}

TEST(Sort, TakesWhatItKnows) {
  const auto sort = [](Entity entity, std::vector<SortEntryText> entries) {
    const auto keys = plan_sort(entity, entries);
    if (!keys) return keys.error().message;
    std::string out;
    for (const SortKey& key : *keys) {
      out += "#" + std::to_string(static_cast<int>(key.operand)) + (key.descending ? " down" : " up");
      if (!key.key.empty()) out += " '" + key.key + "'";
      if (!key.path.steps.empty()) out += " " + print(key.path);
      out += "\n";
    }
    return out;
  };
  const auto number = [](Operand operand) { return "#" + std::to_string(static_cast<int>(operand)); };
  EXPECT_EQ(sort(Entity::trace, {{"name", true}, {"nothing", false}, {"duration", false}}),
            number(Operand::name) + " down\n" + number(Operand::duration) + " up\n");
  EXPECT_EQ(sort(Entity::span, {{"feedback_scores.a b", true}, {"usage.x.y", false}, {"metadata.a.b", false}, {"input", true}}),
            number(Operand::feedback_scores) + " down 'a b'\n" + number(Operand::usage) + " up 'x.y'\n" + number(Operand::metadata) +
                " up $.a.b or 'a.b'\n" + number(Operand::input) + " down\n");
  EXPECT_EQ(sort(Entity::trace, {{"feedback_scores.", false}, {"feedback_scores", false}, {"usage.*x", false}, {"type", false}}),
            number(Operand::usage) + " up '*x'\n");
  EXPECT_EQ(sort(Entity::trace, {}), "");
  EXPECT_EQ(sort(Entity::trace, {{"metadata.$.a[", false}}),
            "Invalid sorting fields 'metadata.$.a[': expected a key like a.b, a[0] or $['a b']");
  EXPECT_EQ(sort(Entity::trace, std::vector<SortEntryText>(kSortKeysMax + 1, {"id", false})),
            "Invalid sorting fields: expected at most 8 of them");
}

TEST(Sort, ListsWhatOpikLists) {
  const std::vector<std::string> traces{"id",           "name",
                                        "input",        "output",
                                        "start_time",   "end_time",
                                        "duration",     "ttft",
                                        "metadata",     "thread_id",
                                        "span_count",   "llm_span_count",
                                        "usage.*",      "total_estimated_cost",
                                        "tags",         "error_info",
                                        "created_by",   "feedback_scores.*",
                                        "experiment_id"};
  EXPECT_EQ(sortable_by(Entity::trace), traces);
  EXPECT_EQ(sortable_by(Entity::span).size(), 22u);
  EXPECT_EQ(sortable_by(Entity::span).back(), "feedback_scores.*");
  EXPECT_EQ(sortable_by(Entity::thread).size(), 13u);
}

}  // namespace
}  // namespace opik::query

// Goal: the query language is read as its grammar says, and what does not fit is refused at its place.
// Method: texts with the comparisons, or the message, that are expected; every beginning of a query is read or refused, never worse.

#include <gtest/gtest.h>

#include "query/limits.h"
#include "query/print_test.h"

namespace opik::query {
namespace {

std::string read(std::string_view text) {
  const base::Result<Ast> ast = parse_oql(text);
  if (ast) return print(*ast);
  EXPECT_EQ(ast.error().code, base::Code::malformed);
  const std::string& message = ast.error().message;
  const std::string prefix = refusal(text) + ": ";
  EXPECT_TRUE(message.starts_with(prefix)) << message;
  return message.substr(std::min(prefix.size(), message.size()));
}

TEST(Oql, ReadsComparisons) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"  \n ", ""},
      {R"(name = "x")", "at byte 0: name = <x>\n"},
      {R"( name="x" )", "at byte 1: name = <x>\n"},
      {R"(name contains "x" and duration > 2)", "at byte 0: name contains <x>\nat byte 22: duration > <2>\n"},
      {R"(name contains "x"AND duration>2)", "at byte 0: name contains <x>\nat byte 21: duration > <2>\n"},
      {R"(metadata.user = "u")", "at byte 0: metadata[user] = <u>\n"},
      {R"(metadata."a b" != 'it''s')", "at byte 0: metadata[a b] != <it's>\n"},
      {R"(metadata.'say "hi"' = "say ""hi""")", "at byte 0: metadata[say \"hi\"] = <say \"hi\">\n"},
      {R"(metadata.a.b[0].c-d is_empty)", "at byte 0: metadata[a.b[0].c-d] is_empty <>\n"},
      {"feedback_scores.acc >= 0.5 and usage.total_tokens < 100",
       "at byte 0: feedback_scores[acc] >= <0.5>\nat byte 31: usage[total_tokens] < <100>\n"},
      {"a = -1.5e+3 and b = .5 and c = true and d = null",
       "at byte 0: a = <-1.5e+3>\nat byte 16: b = <.5>\nat byte 27: c = <true>\nat byte 40: d = <null>\n"},
      {"tags IS_NOT_EMPTY and tags is_empty", "at byte 0: tags is_not_empty <>\nat byte 22: tags is_empty <>\n"},
      {R"(type in ("llm", 'tool') and type NOT_IN("x"))", "at byte 0: type in <llm> <tool>\nat byte 28: type not_in <x>\n"},
      {"name = \"\u00fc\"", "at byte 0: name = <\u00fc>\n"},
      {R"(name = "")", "at byte 0: name = <>\n"},
      {"android = \"and\"", "at byte 0: android = <and>\n"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(read(text), expected) << text;
}

TEST(Oql, SaysWhereItDoesNotFit) {
  const std::pair<const char*, const char*> cases[] = {
      {"oops", "at byte 4: expected an operator, found the end"},
      {"= 1", "at byte 0: expected a field, found '='"},
      {"name like \"x\"", "at byte 5: expected an operator, found 'like'"},
      {"name ! \"x\"", "at byte 5: expected an operator, found '!'"},
      {"name == \"x\"", "at byte 6: expected a text in quotes or a number, found '='"},
      {"name =", "at byte 6: expected a value, found the end"},
      {"name = x", "at byte 7: expected a text in quotes or a number, found 'x'"},
      {"name = 5x", "at byte 7: expected a text in quotes or a number, found '5x'"},
      {"name = \"x", "at byte 9: expected a closing \", found the end"},
      {"name = 'x\"", "at byte 10: expected a closing ', found the end"},
      {"metadata. = 1", "at byte 9: expected a key, found '='"},
      {"metadata.\"a = 1", "at byte 15: expected a closing \", found the end"},
      {"name = \"x\" or name = \"y\"", "at byte 11: expected \"and\": there is no \"or\", found 'or'"},
      {"name = \"x\" name = \"y\"", "at byte 11: expected \"and\", found 'name'"},
      {"name = \"x\" and", "at byte 14: expected a field, found the end"},
      {"name = \"x\";", "at byte 10: expected \"and\", found ';'"},
      {"(name = \"x\")", "at byte 0: expected a field, found '(name'"},
      {"type in \"llm\"", "at byte 8: expected (, found '\"llm\"'"},
      {"type in ()", "at byte 9: expected a text in quotes or a number, found ')'"},
      {"type in (\"llm\" \"tool\")", "at byte 15: expected , or ), found '\"tool\")'"},
      {"name = \u00fc", "at byte 7: expected a text in quotes or a number, found '\u00fc'"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(read(text), expected) << text;
}

TEST(Oql, HasLimits) {
  std::string text = "a = 1";
  for (size_t i = 1; i < kConditionsMax; ++i) text += " and a = 1";
  EXPECT_TRUE(parse_oql(text));
  EXPECT_NE(read(text + " and a = 1").find("at most 100 conditions"), std::string::npos);

  const std::string echoed = refusal(std::string(kEchoBytesMax - 1, 'x') + "\u00fc");
  EXPECT_TRUE(echoed.ends_with("xxx...'")) << "no half character: " << echoed;
  EXPECT_EQ(refusal("oops"), "Invalid filters query parameter 'oops'");
}

TEST(Oql, EveryBeginningIsReadOrRefused) {
  const std::string text =
      R"(metadata."a ""b" not_contains 'x' and feedback_scores.q >= -1.5e3 and type in ("llm", "tool") and tags is_empty)";
  size_t whole = 0;
  for (size_t length = 0; length <= text.size(); ++length) whole += parse_oql(text.substr(0, length)).has_value();
  EXPECT_GE(whole, 6u);
  EXPECT_LT(whole, 30u);
}

}  // namespace
}  // namespace opik::query

// Goal: check_json() accepts JSON and nothing else, says where a text breaks, and never reads outside of it.
// Method: tables of accepted and refused texts with positions; agreement with another implementation on mutated documents,
// each in a buffer of exactly its size (so that the address sanitizer sees a byte too far); standard_json() by whole values.

#include "codec/validate.h"

#include <random>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace opik::codec {
namespace {

TEST(CheckJson, AcceptsAnyValueAndFindsItsEnd) {
  struct Case {
    std::string_view text;
    size_t end;
  };
  for (const auto& [text, end] : std::vector<Case>{
           {"1", 1},
           {" 1 ", 2},
           {"-0", 2},
           {"0.5e-3", 6},
           {"1E+400", 6},
           {"1e999", 5},
           {"1234567890123456789012345678901234567890", 40},
           {"3.14159265358979323846264338327950288419716939937510", 52},
           {"true", 4},
           {"false\n", 5},
           {"\t\r\nnull", 7},
           {R"("")", 2},
           {R"("a\"\\\/\b\f\n\r\té")", 21},
           {R"("\ud800")", 8},
           {R"("\uDFFF\ud800x")", 15},
           {"\"\xc3\xa9\xf0\x9f\x98\x80\x7f\"", 9},
           {"[]", 2},
           {"[ ]", 3},
           {"{}", 2},
           {"{ }  ", 3},
           {R"([1,[2,{"a":[]}],{}])", 19},
           {R"({"a":1,"a":2})", 13},
           {R"( { "a" : [ true , false , null , "x" , -1.5 ] , "b" : { } } )", 59},
           {R"({"":0})", 6},
       }) {
    const JsonCheck check = check_json(text);
    EXPECT_TRUE(check.ok()) << text << ": " << check.error << " at " << check.at;
    EXPECT_EQ(check.end, end) << text;
    EXPECT_FALSE(check.non_finite) << text;
  }
}

TEST(CheckJson, RefusesEverythingElseWithThePosition) {
  struct Case {
    std::string_view text;
    size_t at;
    std::string_view expected;
  };
  for (const auto& [text, at, expected] : std::vector<Case>{
           {"", 0, "a value"},
           {"   ", 3, "a value"},
           {"tru", 0, "a value"},
           {"True", 0, "a value"},
           {"nul1", 0, "a value"},
           {"nan", 0, "a value"},
           {"Inf", 0, "a value"},
           {"+1", 0, "a value"},
           {".5", 0, "a value"},
           {"01", 1, "nothing behind the value"},
           {"-", 1, "a digit"},
           {"-x", 1, "a digit"},
           {"1.", 2, "a digit"},
           {"1.e5", 2, "a digit"},
           {"1e", 2, "a digit"},
           {"1e+", 3, "a digit"},
           {"0x10", 1, "nothing behind the value"},
           {"1 2", 2, "nothing behind the value"},
           {"1,", 1, "nothing behind the value"},
           {"[1]]", 3, "nothing behind the value"},
           {"{}{}", 2, "nothing behind the value"},
           {"\"abc", 4, "the string's end"},
           {"\"abc\\", 5, "an escape sequence"},
           {R"("\q")", 2, "an escape sequence"},
           {R"("\u12")", 5, "four hexadecimal digits"},
           {R"("\u12g4")", 5, "four hexadecimal digits"},
           {"\"\\u12", 5, "four hexadecimal digits"},
           {"\"a\nb\"", 2, "no control character in a string"},
           {std::string_view("\"a\0b\"", 5), 2, "no control character in a string"},
           {"'a'", 0, "a value"},
           {"[", 1, "a value"},
           {"[1", 2, "',' or ']'"},
           {"[1,", 3, "a value"},
           {"[1,]", 3, "a value"},
           {"[,1]", 1, "a value"},
           {"[1 2]", 3, "',' or ']'"},
           {"[1}", 2, "',' or ']'"},
           {"]", 0, "a value"},
           {"{", 1, "a member's name"},
           {"{1:2}", 1, "a member's name"},
           {"{a:2}", 1, "a member's name"},
           {R"({"a")", 4, "':'"},
           {R"({"a" 1})", 5, "':'"},
           {R"({"a":})", 5, "a value"},
           {R"({"a":1,})", 7, "a member's name"},
           {R"({"a":1 "b":2})", 7, "',' or '}'"},
           {R"({"a":1])", 6, "',' or '}'"},
           {R"({"a":[1,{"b":tru}]})", 13, "a value"},
           {"/*x*/1", 0, "a value"},
           {"\xef\xbb\xbf"
            "1",
            0, "a value"},
       }) {
    const JsonCheck check = check_json(text);
    ASSERT_FALSE(check.ok()) << text;
    EXPECT_EQ(check.error, expected) << text;
    EXPECT_EQ(check.at, at) << text;
  }
}

TEST(CheckJson, HoldsTheDepth) {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(check_json(nested(1000)).ok());
  EXPECT_EQ(check_json(nested(1001)).at, 1000u);
  std::string mixed;
  for (int i = 0; i < 500; ++i) mixed += R"({"a":[)";
  for (int i = 0; i < 500; ++i) mixed += "]}";
  EXPECT_TRUE(check_json(mixed).ok());
  EXPECT_FALSE(check_json("[" + mixed + "]").ok());
  std::string crossed = mixed;
  crossed[crossed.size() - 400] = crossed[crossed.size() - 400] == ']' ? '}' : ']';
  EXPECT_EQ(check_json(crossed).at, crossed.size() - 400);
  EXPECT_TRUE(check_json("[[1]]", 2).ok());
  EXPECT_FALSE(check_json("[[[1]]]", 2).ok());
}

TEST(CheckJson, ReportsWhatPythonPrintsForNumbersThatAreNone) {
  for (std::string_view text : {"NaN", "Infinity", "-Infinity", "[1,NaN]", R"({"a":-Infinity})"}) {
    EXPECT_TRUE(check_json(text).ok()) << text;
    EXPECT_TRUE(check_json(text).non_finite) << text;
  }
  for (std::string_view text : {"NaNa", "-NaN", "Infinit", "-Infinit", "Infinity1"}) EXPECT_FALSE(check_json(text).ok()) << text;
  EXPECT_FALSE(check_json(R"(["NaN","Infinity"])").non_finite);
}

TEST(StandardJson, QuotesNonFiniteNumbersAndJoinsLines) {
  EXPECT_EQ(standard_json("[NaN, Infinity,\n -Infinity, -1]"), R"(["NaN", "Infinity", "-Infinity", -1])");
  EXPECT_EQ(standard_json("{\"NaN\":\r\n  \"a NaN \\\" Infinity\"}"), R"({"NaN":  "a NaN \" Infinity"})");
  EXPECT_EQ(standard_json("-Infinity"), R"("-Infinity")");
  EXPECT_TRUE(check_json("{\n\"a\":1}").multi_line);
  EXPECT_TRUE(check_json("[1\r,2]").multi_line);
  EXPECT_FALSE(check_json("\n[1,  2]\n").multi_line);
}

// Whether the two implementations are known to differ on such a text: on purpose in ours (lone surrogates, NaN), by overflow in
// the other.
bool is_out_of_comparison(const std::string& text) {
  if (text.find('\0') != std::string::npos || text.find("NaN") != std::string::npos || text.find("Infinity") != std::string::npos)
    return true;
  size_t digits = 0;  // in a row, without a point
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    const size_t exponent = text.find_first_not_of("+-", i + 1);
    if (digits > 300) return true;
    if ((c == 'e' || c == 'E') && exponent != std::string::npos && text.find_first_not_of("0123456789", exponent) > exponent + 2)
      return true;
    if (c == '\\' && i + 2 < text.size() && text[i + 1] == 'u' && (text[i + 2] | 0x20) == 'd') return true;
  }
  return false;
}

std::string random_document(std::mt19937& random, int depth) {
  static const std::vector<std::string> kScalars{"0",
                                                 "-1",
                                                 "12.50",
                                                 "1e5",
                                                 "-0.1E-7",
                                                 "true",
                                                 "false",
                                                 "null",
                                                 R"("")",
                                                 R"("plain text, longer than sixteen bytes")",
                                                 R"("é")",
                                                 R"("\n\t\"\\")",
                                                 R"("\u00e9\u20ac")",
                                                 "\"\xf0\x9f\x98\x80\"",
                                                 R"("a\/b")"};
  const auto pick = [&](size_t n) { return random() % n; };
  if (depth == 0 || pick(3) == 0) return kScalars[pick(kScalars.size())];
  const std::string space(pick(4) == 0 ? " " : "");
  const bool object = pick(2) == 0;
  std::string out = object ? "{" : "[";
  const size_t count = pick(4);
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) out += "," + space;
    if (object) out += fmt::format("\"key{}\"{}:{}", i, space, space);
    out += random_document(random, depth - 1);
  }
  return out + space + (object ? "}" : "]");
}

void mutate(std::string& text, std::mt19937& random) {
  static constexpr std::string_view kBytes = "{}[]:,\"\\ \n\t0123456789.-+eEtrufalsn/\x01\x1f\x7f\x80\xc3\xa9\xf0\xff";
  const size_t at = text.empty() ? 0 : random() % text.size();
  switch (random() % 4) {
    case 0:
      text.insert(at, 1, kBytes[random() % kBytes.size()]);
      break;
    case 1:
      if (!text.empty()) text.erase(at, 1 + random() % 3);
      break;
    case 2:
      if (!text.empty()) text[at] = kBytes[random() % kBytes.size()];
      break;
    default:
      text.resize(at);
  }
}

TEST(CheckJson, AgreesWithAnotherImplementation) {
  std::mt19937 random(20240229);
  size_t accepted = 0;
  size_t refused = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string text = random_document(random, 4);
    for (size_t n = random() % 4; n-- > 0;) mutate(text, random);
    if (is_out_of_comparison(text)) continue;
    const std::vector<char> exact(text.begin(), text.end());  // no room behind it
    const std::string_view view(exact.data(), exact.size());
    const bool ours = check_json(view).ok() && valid_utf8(view);
    ASSERT_EQ(ours, nlohmann::json::accept(text)) << text;
    ++(ours ? accepted : refused);
  }
  EXPECT_GT(accepted, 15'000u);
  EXPECT_GT(refused, 15'000u);
}

}  // namespace
}  // namespace opik::codec

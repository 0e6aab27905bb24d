// Goal: JSON that a server may answer is read whole; anything else, and anything beyond the bounds, is refused without harm.
// Method: values with every escape and kind; every cut of a document; depth and size at the bound and past it.
#include "sdk/json_reader.h"

#include <gtest/gtest.h>

namespace opik::sdk {
namespace {

TEST(JsonReader, ReadsEveryKind) {
  const auto node = read_json(
      " {\"a\":[1,-2.5e3,true,false,null,\"x\"], \"b\":{}, \"c\":[] , \"d\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20ac\\ud83d\\ude00\"}\n");
  ASSERT_TRUE(node);
  const auto& a = node->at("a").items;
  ASSERT_EQ(a.size(), 6u);
  EXPECT_EQ(a[0].whole(), 1);
  EXPECT_EQ(a[1].text, "-2.5e3");
  EXPECT_EQ(a[1].whole(), std::nullopt);
  EXPECT_EQ(a[2].text, "true");
  EXPECT_EQ(a[4].kind, JsonNode::Kind::null);
  EXPECT_EQ(a[5].text, "x");
  EXPECT_EQ(node->at("b").kind, JsonNode::Kind::object);
  EXPECT_EQ(node->at("d").text, "\"\\/\b\f\n\r\té€😀");
  EXPECT_EQ(node->at("absent").at("deeper").kind, JsonNode::Kind::null);
}

TEST(JsonReader, RefusesEveryCut) {
  const std::string text = R"({"a":[1,"b\u00e9",{"c":null}],"d":-1.5})";
  for (size_t length = 0; length < text.size(); ++length) EXPECT_FALSE(read_json(text.substr(0, length))) << length;
  EXPECT_TRUE(read_json(text));
}

TEST(JsonReader, RefusesWhatIsNoJson) {
  for (const char* text : {"", "x", "{a:1}", "[1,]", "[1 2]", "{\"a\"}", "\"\\x\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\udc00\"", "nul",
                           "1.2.3", "--1", "{} {}", "\"a\nb\"", "<html>"}) {
    EXPECT_FALSE(read_json(text)) << text;
  }
}

TEST(JsonReader, HoldsItsBounds) {
  auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(read_json(nested(kJsonReadDepthMax + 1)));
  EXPECT_FALSE(read_json(nested(kJsonReadDepthMax + 2)));
  EXPECT_FALSE(read_json(std::string(1'000'000, '[')));
  EXPECT_FALSE(read_json("\"" + std::string(kJsonReadBytesMax, 'x') + "\""));
  EXPECT_EQ(read_json("9223372036854775808")->whole(), std::nullopt);
  EXPECT_EQ(read_json("-1")->whole(), std::nullopt);
}

}  // namespace
}  // namespace opik::sdk

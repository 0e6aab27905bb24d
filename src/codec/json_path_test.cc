// Goal: a path finds in JSON text what it would find in the value that the text stands for, and texts that mean the same compact to
// the same text.
// Method: cases by hand; then random values, printed with random space and escapes, against another JSON library.

#include "codec/json_path.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace opik::codec {
namespace {

using Json = nlohmann::json;
using model::JsonPath;
using Step = JsonPath::Step;

Step name(std::string text) { return {Step::Kind::member, std::move(text), 0}; }
Step at(size_t index) { return {Step::Kind::element, {}, index}; }
const Step kAll{Step::Kind::elements, {}, 0};

std::string find(std::string_view json, std::vector<Step> steps, std::string flat_name = "") {
  const auto found = find_value(json, {std::move(steps), std::move(flat_name)});
  return found ? std::string(*found) : "nothing";
}

TEST(JsonPath, FindsValues) {
  const char* json = R"( { "a" : { "b" : [ 1 , {"c": "x"} , [2, 3] ] } , "a.b" : "flat" , "\u0061d" : null, "d": 1, "d": 2 } )";
  EXPECT_EQ(find(json, {name("a"), name("b"), at(0)}), "1");
  EXPECT_EQ(find(json, {name("a"), name("b"), at(1), name("c")}), "\"x\"");
  EXPECT_EQ(find(json, {name("a"), name("b"), at(2)}), "[2, 3]");
  EXPECT_EQ(find(json, {name("a"), name("b"), at(3)}), "nothing");
  EXPECT_EQ(find(json, {name("a"), name("b"), kAll, name("c")}), "\"x\"") << "the first that has one";
  EXPECT_EQ(find(json, {name("a"), name("b"), kAll, at(1)}), "3");
  EXPECT_EQ(find(json, {name("a"), name("x")}, "a.b"), "\"flat\"");
  EXPECT_EQ(find(json, {name("a"), name("b")}, "a.b"), "[ 1 , {\"c\": \"x\"} , [2, 3] ]") << "the path comes first";
  EXPECT_EQ(find(json, {name("ad")}), "null") << "keys are unescaped";
  EXPECT_EQ(find(json, {name("d")}), "2") << "of two members the last";
  EXPECT_EQ(find(json, {at(0)}), "nothing");
  EXPECT_EQ(find(json, {name("d"), name("e")}), "nothing");
  EXPECT_EQ(find("[]", {kAll}), "nothing");
  EXPECT_EQ(find(" 7 ", {}), "7");
  EXPECT_EQ(find("", {}), "nothing");
  EXPECT_EQ(find("", {name("a")}), "nothing");
}

TEST(JsonPath, Texts) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("say \"hi\"\n\u00fc")", "say \"hi\"\n\u00fc"},      {"1.50", "1.50"}, {"null", "null"},
      {"{ \"a\" : [ 1 , \"b c\" ] }", "{\"a\":[1,\"b c\"]}"}, {"\"\"", ""},
  };
  for (const auto& [json, text] : cases) EXPECT_EQ(value_text(json), text);

  std::string scratch = "left over";
  const std::string_view compact = R"({"a":"b\nc \"d\"","e":[1,2]})";
  EXPECT_EQ(compact_json(compact, scratch).data(), compact.data()) << "not copied";
  EXPECT_EQ(compact_json(R"({"k":"\u00FC\/" , "l":1})", scratch), "{\"k\":\"\u00fc/\",\"l\":1}");
  EXPECT_EQ(compact_json("", scratch), "");
  EXPECT_EQ(compact_json("\"broken \\", scratch).substr(0, 1), "\"");
}

class RandomJson {
 public:
  explicit RandomJson(uint64_t seed) : random_(seed) {}
  size_t below(size_t n) { return random_() % n; }

  Json value(int depth) {
    switch (below(depth > 0 ? 7 : 5)) {
      case 0:
        return nullptr;
      case 1:
        return below(2) == 1;
      case 2:
        return static_cast<int64_t>(below(2000)) - 1000;
      case 3:
      case 4:
        return text();
      case 5: {
        Json array = Json::array();
        for (size_t i = below(4); i > 0; --i) array.push_back(value(depth - 1));
        return array;
      }
      default: {
        Json object = Json::object();
        for (size_t i = below(4); i > 0; --i) object[text()] = value(depth - 1);
        return object;
      }
    }
  }
  std::string text() {
    static const std::vector<std::string> kTexts{"a", "b", "a b", "\u00fc", "\"q\"", "back\\slash", "\n\t", "\xf0\x9f\x98\x80", "/", ""};
    return kTexts[below(kTexts.size())];
  }
  // As JSON that means `value`, in one of many ways.
  std::string print(const Json& value) {
    std::string out = space();
    if (value.is_object()) {
      out += "{";
      const char* comma = "";
      for (const auto& [key, of_key] : value.items()) {
        out += comma + space() + Json(key).dump(-1, ' ', below(2) == 1) + space() + ":" + print(of_key);
        comma = ",";
      }
      out += space() + "}";
    } else if (value.is_array()) {
      out += "[";
      for (size_t i = 0; i < value.size(); ++i) out += (i > 0 ? "," : "") + print(value[i]);
      out += space() + "]";
    } else {
      out += value.dump(-1, ' ', below(2) == 1);
    }
    return out + space();
  }

 private:
  std::string space() { return below(4) == 0 ? std::vector<std::string>{" ", "\n", "\t "}[below(3)] : ""; }
  std::mt19937_64 random_;
};

// By definition, over parsed values.
const Json* follow(const Json& value, const std::vector<Step>& steps, size_t from) {
  if (from == steps.size()) return &value;
  const Step& step = steps[from];
  if (step.kind == Step::Kind::member)
    return value.is_object() && value.contains(step.name) ? follow(value[step.name], steps, from + 1) : nullptr;
  if (!value.is_array()) return nullptr;
  if (step.kind == Step::Kind::element) return step.index < value.size() ? follow(value[step.index], steps, from + 1) : nullptr;
  for (const Json& element : value) {
    if (const Json* found = follow(element, steps, from + 1)) return found;
  }
  return nullptr;
}

TEST(JsonPath, AgreesWithAnotherLibrary) {
  size_t found_count = 0;
  for (uint64_t seed = 0; seed < 20'000; ++seed) {
    RandomJson random(seed);
    const Json value = random.value(3);
    const std::string text = random.print(value);
    std::string scratch;
    ASSERT_EQ(compact_json(text, scratch), value.dump()) << text;
    ASSERT_EQ(value_text(find_value(text, {}).value()), value.is_string() ? value.get<std::string>() : value.dump());
    for (int i = 0; i < 4; ++i) {
      std::vector<Step> steps;
      for (size_t n = 1 + random.below(3); n > 0; --n) {
        const size_t dice = random.below(4);
        steps.push_back(dice < 2 ? name(random.text()) : dice == 2 ? at(random.below(3)) : kAll);
      }
      const Json* expected = follow(value, steps, 0);
      const auto found = find_value(text, {steps, {}});
      ASSERT_EQ(found.has_value(), expected != nullptr) << text;
      if (!found) continue;
      ASSERT_EQ(Json::parse(*found), *expected) << text;
      ++found_count;
    }
  }
  EXPECT_GT(found_count, 1'000u);
}

}  // namespace
}  // namespace opik::codec

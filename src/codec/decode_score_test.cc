// Goal: feedback scores are read exactly to nine fractional digits, with every rule of theirs.
// Method: whole scores printed and compared; tables of values and of refused bodies.

#include "codec/codec_test.h"
#include "codec/decode.h"
#include "codec/encode.h"

namespace opik::codec {
namespace {

using model::Kind;

std::string show(const model::FeedbackScore& score) {
  return fmt::format("{} = {} source {} author {} category {} reason {} in {}", score.name, score.value_nano, score.source, score.author,
                     score.category_name.value_or("-"), score.reason.value_or("-"), score.project_name);
}
std::string score(std::string_view members) {
  const auto read = decode_score(body(fmt::format("{{{}}}", members)));
  return read ? show(*read) : codec::show(read.error());
}

TEST(DecodeScore, ReadsEveryMember) {
  EXPECT_EQ(
      score(
          R"("name":"quality","value":0.5,"source":"ui","category_name":"good","reason":"so","author":"me","project_name":"shop","id":7)"),
      "quality = 500000000 source ui author me category good reason so in shop");
  EXPECT_EQ(score(R"("name":"q","value":1,"source":"online_scoring","category_name":null,"reason":"","author":null,"project_name":null)"),
            "q = 1000000000 source online_scoring author admin category - reason - in Default Project");
}

TEST(DecodeScore, ReadsDecimalsExactly) {
  struct Case {
    std::string_view value;
    int64_t nano;
  };
  for (const auto& [value, nano] : std::vector<Case>{
           {"0", 0},
           {"-0.0", 0},
           {"0.1", 100'000'000},
           {"0.123456789", 123'456'789},
           {"0.1234567899999", 123'456'789},
           {"-0.9999999999", -999'999'999},
           {"1e-9", 1},
           {"1e-10", 0},
           {"1e-999999999999999999999", 0},
           {"0e999999999999999999999", 0},
           {"12.5E1", 125'000'000'000},
           {"0.00000000000000000000012e21", 120'000'000},
           {"120000000000000000000000e-23", 1'200'000'000},
           {"\"0.25\"", 250'000'000},
           {"999999999.999999999", 999'999'999'999'999'999},
           {"-999999999.999999999", -999'999'999'999'999'999},
           {"9.99999999999999999e8", 999'999'999'999'999'999},
       }) {
    const auto read = decode_score(body(fmt::format(R"({{"name":"q","source":"sdk","value":{}}})", value)));
    ASSERT_TRUE(read) << value << " " << read.error().message;
    EXPECT_EQ(read->value_nano, nano) << value;
  }
}

TEST(DecodeScore, RefusesWhatBreaksARule) {
  struct Case {
    std::string_view members;
    std::string_view error;
  };
  for (const auto& [members, error] : std::vector<Case>{
           {R"("value":1,"source":"ui")", "unprocessable: name must not be null"},
           {R"("name":" ","value":1,"source":"ui")", "unprocessable: name must not be blank"},
           {R"("name":"q","source":"ui")", "unprocessable: value must not be null"},
           {R"("name":"q","value":1)", "unprocessable: source must not be null"},
           {R"("name":"q","value":1000000000,"source":"ui")", "unprocessable: value must be less than or equal to 999999999.999999999"},
           {R"("name":"q","value":-1e9,"source":"ui")", "unprocessable: value must be greater than or equal to -999999999.999999999"},
           {R"("name":"q","value":1e999999999999999999999,"source":"ui")",
            "unprocessable: value must be less than or equal to 999999999.999999999"},
           {R"("name":"q","value":"high","source":"ui")",
            "malformed: Unable to process JSON. Cannot deserialize value of value from String \"high\": expected a number"},
           {R"("name":"q","value":true,"source":"ui")",
            "malformed: Unable to process JSON. Cannot deserialize value of value from Boolean true: expected a number"},
           {R"("name":"q","value":NaN,"source":"ui")",
            "malformed: Unable to process JSON. Cannot deserialize value of value from Number NaN: expected a number"},
           {R"("name":"q","value":[],"source":"ui")",
            "malformed: Unable to process JSON. Cannot deserialize value of value from Array value: expected a number"},
           {R"("name":"q","value":1,"source":"me")",
            "malformed: Unable to process JSON. Cannot deserialize value of source from String \"me\": not one of the values accepted for "
            "Enum "
            "class: [ui, sdk, online_scoring]"},
           {R"("name":"q","value":1,"source":"ui","project_name":"")", "unprocessable: projectName must not be blank"},
       }) {
    EXPECT_EQ(score(members), error) << members;
  }
  EXPECT_EQ(codec::show(decode_score(body("")).error()), "unprocessable: The request body must not be null");
}

TEST(DecodeScoreBatch, KeepsTheGoodItemsBesideTheBad) {
  const std::string text = fmt::format(
      R"({{"scores":[{{"id":"{0}","name":"a","value":1,"source":"sdk"}},{{"name":"b","value":1,"source":"sdk"}},{{"id":"{1}","name":"c","value":1,"source":"sdk"}},)"
      R"({{"id":"{0}","name":"d","value":1e10,"source":"sdk"}},5,{{"id":"{0}","name":"e","value":"2","source":"sdk"}}]}})",
      kId, kVersion4);
  const auto batch = decode_score_batch(Kind::trace, body(text));
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->scores.size(), 2u);
  EXPECT_EQ(show(batch->scores[0]), "a = 1000000000 source sdk author admin category - reason - in Default Project");
  EXPECT_EQ(show(batch->scores[1]), "e = 2000000000 source sdk author admin category - reason - in Default Project");
  EXPECT_EQ(batch->scores[1].entity_id, uuid(kId));
  EXPECT_EQ(batch->positions, (std::vector<size_t>{0, 5}));
  EXPECT_EQ(show_errors(*batch),
            "1 - unprocessable: scores[1].id must not be null\n"
            "2 7d444840-9dc0-41d1-b245-5ffdce74fad2 invalid: trace id must be a version 7 UUID\n"
            "3 01933b7e-5f2d-7a10-8000-000000000001 unprocessable: scores[3].value must be less than or equal to 999999999.999999999\n"
            "4 - malformed: Unable to process JSON. Cannot deserialize value of scores[4] from Number 5: expected an object\n");
  EXPECT_EQ(decode_score_batch(Kind::span, body(text))->errors[1].error.message, "span id must be a version 7 UUID");
  EXPECT_EQ(codec::show(decode_score_batch(Kind::span, body(R"({"scores":[]})")).error()),
            "unprocessable: scores size must be between 1 and 1000");
  EXPECT_EQ(codec::show(decode_score_batch(Kind::span, body("{}")).error()), "unprocessable: scores must not be null");
}

TEST(DecodeScoreName, NeedsAName) {
  EXPECT_EQ(decode_score_name(body(R"({"name":"q"})"))->author, "");
  EXPECT_EQ(decode_score_name(body(R"({"name":"q","author":"me"})"))->author, "me");
  EXPECT_EQ(decode_score_name(body(R"({"name":"q","author":"me"})"))->name, "q");
  EXPECT_EQ(codec::show(decode_score_name(body("{}")).error()), "unprocessable: name must not be null");
  EXPECT_EQ(codec::show(decode_score_name(body(R"({"name":""})")).error()), "unprocessable: name must not be blank");
}

}  // namespace
}  // namespace opik::codec

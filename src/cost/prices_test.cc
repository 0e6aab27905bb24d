// Goal: the right price is found for every way to write a model's name, the formula counts each provider's tokens once, and a
// price table or list that is broken is refused with the line or the model.
// Method: a small table written here, with sums worked out by hand; the built-in table by some published prices.

#include "cost/prices.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace opik::cost {
namespace {

using codec::UsageCounts;

constexpr std::string_view kHead = "provider\tmodel\tmode\tinput\toutput\tcache_write\tcache_read\tsecond\tcharacter\n";

PriceTable table(std::string_view rows) {
  auto parsed = PriceTable::parse(std::string(kHead) + std::string(rows));
  EXPECT_TRUE(parsed) << parsed.error().message;
  return *std::move(parsed);
}

const PriceTable& prices() {
  static const PriceTable kTable = table(
      "openai\tgpt-4o\tchat\t2.5\t10\t\t1.25\t\t\n"
      "openai\tgpt-3.5-turbo\tchat\t0.5\t1.5\t\t\t\t\n"
      "openai\tsora\tvideo_generation\t\t\t\t\t100000\t\n"
      "openai\ttts\taudio_speech\t7\t\t\t\t\t15\n"
      "openai\ttts-tokens\taudio_speech\t2\t8\t\t\t\t\n"
      "openai\tfree\tchat\t\t\t\t\t\t\n"
      "anthropic\tclaude-3-5-sonnet\tchat\t3\t15\t3.75\t0.3\t\t\n"
      "anthropic\tclaude-dated-2024-10-22\tchat\t1\t\t\t\t\t\n"
      "bedrock\tanthropic.claude\tchat\t3\t15\t3.75\t0.3\t\t\n"
      "google_ai\tgemini-2.0-flash\tchat\t0.1\t0.4\t\t0.025\t\t\n"
      "groq\tllama\tchat\t0.05\t0.08\t\t\t\t\n");
  return kTable;
}

double cost(std::string_view model, std::string_view provider, const UsageCounts& usage) {
  return prices().estimated_cost(model, provider, usage).value_or(-1);
}

TEST(Prices, FindsTheNearestSpelling) {
  struct Case {
    std::string_view model, provider;
    bool found;
  };
  for (const auto& [model, provider, found] : std::vector<Case>{
           {"gpt-4o", "openai", true},
           {"openai/gpt-4o", "openai", true},              // up to the first slash
           {"openrouter/openai/gpt-4o", "openai", false},  // and no further
           {"gpt-3.5-turbo", "openai", true},
           {"GPT-3.5-Turbo", "openai", true},
           {"claude-3.5-sonnet", "anthropic", true},  // '.' for '-'
           {"Claude-3.5-Sonnet", "anthropic", true},
           {"gpt-4o-2024-08-06", "openai", true},  // a date behind it
           {"GPT-4o-2024-08-06", "openai", true},
           {"gpt-3.5-turbo-2023-06-13", "openai", true},
           {"claude-3.5-sonnet-2024-06-20", "anthropic", true},  // both
           {"claude-dated-2024-10-22", "anthropic", true},       // the exact name goes first
           {"claude-dated", "anthropic", false},
           {"gpt-4o-20240806", "openai", false},  // no such date
           {"gpt-4o-2024-8-6", "openai", false},
           {"gpt-4o-2024-08-06-preview", "openai", false},
           {"gpt-4o", "azure", false},
           {"gpt-4o", "OpenAI", false},
           {"gpt-4o", "", false},
           {"", "openai", false},
           {"/", "openai", false},
           {"-2024-08-06", "openai", false},
           {"gpt-4", "openai", false},
           {"gpt-4o\tchat", "openai", false},
       }) {
    EXPECT_EQ(prices().find(model, provider) != nullptr, found) << model << " of " << provider;
  }
}

TEST(Prices, PlainModelsPayForInputAndOutput) {
  EXPECT_EQ(cost("llama", "groq", {{"prompt_tokens", 1000}, {"completion_tokens", 500}}), 0.00009);
  EXPECT_EQ(cost("llama", "groq", {{"prompt_tokens", 1}}), 0.00000005);
  EXPECT_EQ(cost("gpt-3.5-turbo", "openai", {{"prompt_tokens", 2'000'000'000}, {"completion_tokens", 2'000'000'000}}), 4000);
  // Prices for the cache do not count where the provider's way to report it is not known.
  EXPECT_EQ(cost("gemini-2.0-flash", "google_ai",
                 {{"prompt_tokens", 1000}, {"completion_tokens", 100}, {"original_usage.cached_content_token_count", 900}}),
            0.00014);
}

TEST(Prices, OpenAisInputContainsWhatWasCached) {
  // 600 x 2.5 + 300 x 10 + 400 x 1.25, in millionths
  EXPECT_EQ(cost("gpt-4o", "openai",
                 {{"original_usage.prompt_tokens", 1000},
                  {"original_usage.completion_tokens", 300},
                  {"original_usage.prompt_tokens_details.cached_tokens", 400},
                  {"prompt_tokens", 7},
                  {"completion_tokens", 7},
                  {"cache_read_input_tokens", 7}}),
            0.005);
  EXPECT_EQ(cost("gpt-4o", "openai", {{"prompt_tokens", 1000}, {"completion_tokens", 300}, {"cache_read_input_tokens", 400}}), 0.005);
  EXPECT_EQ(cost("gpt-4o", "openai",
                 {{"prompt_tokens", 1000}, {"completion_tokens", 300}, {"original_usage.input_tokens_details.cached_tokens", 400}}),
            0.005);
  EXPECT_EQ(cost("gpt-4o", "openai", {{"prompt_tokens", 1000}, {"completion_tokens", 300}}), 0.0055);
  EXPECT_EQ(cost("gpt-4o", "openai", {{"prompt_tokens", 10}, {"cache_read_input_tokens", 400}}), 0.0005);  // never below 0
}

TEST(Prices, AnthropicsInputComesBesideWhatWasCached) {
  // 1000 x 3 + 200 x 15 + 400 x 3.75 + 5000 x 0.3, in millionths
  EXPECT_EQ(cost("claude-3-5-sonnet", "anthropic",
                 {{"original_usage.input_tokens", 1000},
                  {"original_usage.output_tokens", 200},
                  {"original_usage.cache_creation_input_tokens", 400},
                  {"original_usage.cache_read_input_tokens", 5000},
                  {"prompt_tokens", 7},
                  {"completion_tokens", 7}}),
            0.009);
  EXPECT_EQ(
      cost("claude-3-5-sonnet", "anthropic",
           {{"prompt_tokens", 1000}, {"completion_tokens", 200}, {"cache_creation_input_tokens", 400}, {"cache_read_input_tokens", 5000}}),
      0.009);
}

TEST(Prices, BedrockWritesItsOwnWay) {
  EXPECT_EQ(cost("anthropic.claude", "bedrock",
                 {{"original_usage.inputTokens", 1000},
                  {"original_usage.outputTokens", 200},
                  {"original_usage.cacheWriteInputTokens", 400},
                  {"original_usage.cacheReadInputTokens", 5000},
                  {"prompt_tokens", 7},
                  {"completion_tokens", 7}}),
            0.009);
  EXPECT_EQ(cost("anthropic.claude", "bedrock", {{"prompt_tokens", 1000}, {"completion_tokens", 200}}), 0.006);
}

TEST(Prices, VideoIsPaidBySecondAndSpeechByCharacter) {
  EXPECT_EQ(cost("sora", "openai", {{"video_duration_seconds", 8}, {"prompt_tokens", 1000}}), 0.8);
  EXPECT_EQ(cost("tts", "openai", {{"original_usage.input_characters", 1000}, {"input_characters", 5}}), 0.015);
  EXPECT_EQ(cost("tts", "openai", {{"input_characters", 1000}, {"prompt_tokens", 50}}), 0.015);
  EXPECT_EQ(cost("tts-tokens", "openai", {{"prompt_tokens", 1000}}), 0.002);
}

TEST(Prices, GiveNothingForWhatIsUnknownOrFree) {
  const UsageCounts usage{{"prompt_tokens", 1000}, {"completion_tokens", 300}};
  EXPECT_EQ(prices().estimated_cost("nobodys-model", "openai", usage), std::nullopt);
  EXPECT_EQ(prices().estimated_cost("gpt-4o", "nobody", usage), std::nullopt);
  EXPECT_EQ(prices().estimated_cost("free", "openai", usage), std::nullopt);
  EXPECT_EQ(prices().estimated_cost("gpt-4o", "openai", {}), std::nullopt);
  EXPECT_EQ(prices().estimated_cost("gpt-4o", "openai", {{"total_tokens", 1000}}), std::nullopt);
  EXPECT_EQ(prices().estimated_cost("gpt-4o", "openai", {{"prompt_tokens", -1000}}), std::nullopt);
  EXPECT_EQ(prices().estimated_cost("sora", "openai", usage), std::nullopt);
}

TEST(Prices, AreExactAndCutToTwelveDecimals) {
  const PriceTable small = table("p\tm\tchat\t0.000001999\t999999999.999999999\t\t\t\t\n");
  EXPECT_EQ(small.estimated_cost("m", "p", {{"prompt_tokens", 1}}), 1e-12);  // 1.999 x 10^-12
  EXPECT_EQ(small.estimated_cost("m", "p", {{"prompt_tokens", 1000}}), 1.999e-9);
  EXPECT_EQ(table("p\tm\tchat\t0.000000999\t\t\t\t\t\n").estimated_cost("m", "p", {{"prompt_tokens", 1}}), std::nullopt);
  // The greatest price times the greatest count does not overflow.
  EXPECT_DOUBLE_EQ(*small.estimated_cost("m", "p", {{"completion_tokens", INT64_MAX}}), 9.223372036854775807e21);
}

TEST(Prices, ReadATableWithCommentsAndForeignLineEnds) {
  const auto parsed = PriceTable::parse("# mine\r\n\r\n" + std::string(kHead.substr(0, kHead.size() - 1)) +
                                        "\r\n# a row\r\nopenai\tgpt-4o\tchat\t5\t\t\t\t\t0.5\r\np\tm\tvideo_generation\t\t\t1\t2\t3\t");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->size(), 2u);
  ASSERT_NE(parsed->find("gpt-4o", "openai"), nullptr);
  EXPECT_EQ(*parsed->find("gpt-4o", "openai"), (Price{.input = 5'000'000'000, .character = 500'000'000}));
  EXPECT_EQ(
      *parsed->find("m", "p"),
      (Price{.mode = Price::Mode::video_generation, .cache_write = 1'000'000'000, .cache_read = 2'000'000'000, .second = 3'000'000'000}));
}

TEST(Prices, OfTheUserWinOverTheOwn) {
  PriceTable both = prices();
  const size_t before = both.size();
  both.add(table("openai\tgpt-4o\tchat\t4\t\t\t\t\t\nmistral\tlarge\tchat\t2\t\t\t\t\t\n"));
  EXPECT_EQ(both.size(), before + 1);
  EXPECT_EQ(both.estimated_cost("gpt-4o", "openai", {{"prompt_tokens", 1000}, {"completion_tokens", 1000}}), 0.004);
  EXPECT_EQ(both.estimated_cost("large", "mistral", {{"prompt_tokens", 1000}}), 0.002);
  EXPECT_EQ(both.estimated_cost("llama", "groq", {{"prompt_tokens", 1000}}), 0.00005);
}

TEST(Prices, RefuseABrokenTableWithTheLine) {
  struct Case {
    std::string_view rows, error;
  };
  const std::string good = "openai\tgpt-4o\tchat\t2.5\t10\t\t1.25\t\t\n";
  for (const auto& [rows, error] : std::vector<Case>{
           {"openai\tgpt-4o\tchat\t2.5\t10\t\t1.25\t\n", "line 2: expected 9 columns parted by one tab"},
           {"openai\tgpt-4o\tchat\t2.5\t10\t\t1.25\t\t\t\n", "line 2: expected 9 columns parted by one tab"},
           {"openai gpt-4o chat 2.5 10\n", "line 2: expected 9 columns parted by one tab"},
           {"{\"gpt-4o\": {}}", "line 2: expected 9 columns parted by one tab"},
           {"\tgpt-4o\tchat\t2.5\t10\t\t1.25\t\t\n", "line 2: expected a provider and a model"},
           {"openai\t\tchat\t2.5\t10\t\t1.25\t\t\n", "line 2: expected a provider and a model"},
           {"# c\n\nopenai\tm\tchat\tx\t\t\t\t\t\n", "line 4: input: found \"x\""},
           {"openai\tm\tchat\t\t-1\t\t\t\t\n", "line 2: output: found \"-1\""},
           {"openai\tm\tchat\t\t\t1e-6\t\t\t\n", "line 2: cache_write: found \"1e-6\""},
           {"openai\tm\tchat\t\t\t\t1.\t\t\n", "line 2: cache_read: found \"1.\""},
           {"openai\tm\tchat\t\t\t\t\t.5\t\n", "line 2: second: found \".5\""},
           {"openai\tm\tchat\t\t\t\t\t\t1.0000000001\n", "line 2: character: found \"1.0000000001\""},
           {"openai\tm\tchat\t1000000000\t\t\t\t\t\n", "line 2: input: found \"1000000000\""},
           {"openai\tm\tchat\t1.2.3\t\t\t\t\t\n", "line 2: input: found \"1.2.3\""},
           {"openai\tm\tchat\tnan\t\t\t\t\t\n", "line 2: input: found \"nan\""},
           {"openai\tm\tchat\t 1\t\t\t\t\t\n", "line 2: input: found \" 1\""},
       }) {
    const auto parsed = PriceTable::parse(std::string(kHead) + std::string(rows));
    ASSERT_FALSE(parsed) << rows;
    EXPECT_EQ(parsed.error().code, base::Code::malformed);
    EXPECT_TRUE(parsed.error().message.starts_with("price table, " + std::string(error))) << parsed.error().message;
  }
  EXPECT_EQ(PriceTable::parse(std::string(kHead) + good + good).error().message, "price table, line 3: a second row for gpt-4o of openai");
  EXPECT_EQ(PriceTable::parse("").error().message, "price table, line 0: found no rows, expected the names of the columns");
  EXPECT_EQ(PriceTable::parse("# only\n").error().message, "price table, line 1: found no rows, expected the names of the columns");
  EXPECT_FALSE(PriceTable::parse(good));
  EXPECT_FALSE(PriceTable::parse("model\tprovider\tmode\tinput\toutput\tcache_write\tcache_read\tsecond\tcharacter\n"));
}

TEST(Prices, RefuseATableWithoutEnd) {
  std::string rows(kHead);
  for (size_t i = 0; i <= kPriceRowsMax; ++i) rows += "p\t" + std::to_string(i) + "\tchat\t1\t\t\t\t\t\n";
  const auto parsed = PriceTable::parse(rows);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, "price table, line 100002: more than 100000 rows");
}

// What a list says about one model, as the row that a table gets; or why it is refused.
std::string row_of(std::string_view list) {
  const auto read = PriceTable::read(list);
  if (!read) return read.error().message;
  const std::string text = read->text();
  return text.substr(text.find(kHead) + kHead.size());
}

TEST(Prices, AreTakenFromAListOfLitellms) {
  struct Case {
    std::string_view list, row;
  };
  for (
      const auto& [list, row] : std::vector<Case>{
          {R"({"gpt-x": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 2.5e-06, "output_cost_per_token": 1E-5,
                "cache_creation_input_token_cost": 3.75e-06, "cache_read_input_token_cost": 1.25e-07}})",
           "openai\tgpt-x\ttokens\t2.5\t10\t3.75\t0.125\t\t\n"},
          {" \n{\"gemini/g\": {\"litellm_provider\": \"gemini\"}}", "google_ai\tg\ttokens\t\t\t\t\t\t\n"},
          {R"({"c": {"litellm_provider": "bedrock_converse"}})", "bedrock\tc\ttokens\t\t\t\t\t\t\n"},
          {R"({"c": {"litellm_provider": "vertex_ai-anthropic_models"}})", "anthropic_vertexai\tc\ttokens\t\t\t\t\t\t\n"},
          {R"({"c": {"litellm_provider": "vertex_ai-language-models"}})", "google_vertexai\tc\ttokens\t\t\t\t\t\t\n"},
          {R"({"azure/eu/gpt-x": {"litellm_provider": "azure", "input_cost_per_token": 1}})",
           "azure\teu/gpt-x\ttokens\t1000000\t\t\t\t\t\n"},
          {R"({"bedrock/us-east-1/c": {"litellm_provider": "bedrock", "input_cost_per_token": 1e-06}})", ""},
          {R"({"v": {"litellm_provider": "openai", "mode": "video_generation", "output_cost_per_second": 0.35, "input_cost_per_character": 1}})",
           "openai\tv\tvideo_generation\t\t\t\t\t350000\t\n"},
          {R"({"s": {"litellm_provider": "openai", "mode": "audio_speech", "output_cost_per_second": 0.35, "input_cost_per_character": 1.5e-05}})",
           "openai\ts\taudio_speech\t\t\t\t\t\t15\n"},
          {R"({"w": {"litellm_provider": "openai", "mode": "audio_transcription", "output_cost_per_second": 0.0001}})",
           "openai\tw\ttokens\t\t\t\t\t\t\n"},
          {R"({"a/same": {"litellm_provider": "groq", "input_cost_per_token": 1e-06}, "b/same": {"litellm_provider": "groq"}})",
           "groq\tsame\ttokens\t\t\t\t\t\t\n"},
          {R"({"": {"litellm_provider": "groq"}})", "price list: model : expected a provider and a model"},
          {R"({"a\tb": {"litellm_provider": "groq"}})",
           "price list: model a\tb: found a tab, a line break or another control character in provider or model"},
          {R"({"a": {"litellm_provider": "#groq"}})", "price list: model a: found a provider that begins with '#', as a comment does"},
          {R"({"a": {"litellm_provider": "groq", "input_cost_per_token": "1"}})",
           "price list: model a: input_cost_per_token: found String \"1\", expected a number of US dollars from 0 to less than 100"},
      }) {
    EXPECT_EQ(row_of(list), row) << list;
  }
  EXPECT_EQ(row_of("{\"" + std::string(kPriceKeyBytesMax, 'm') + R"(": {"litellm_provider": "p"}})"),
            "price list: model " + std::string(100, 'm') + ": provider and model are longer than 256 bytes");
}

TEST(Prices, ReadATableThatIsNoList) {
  EXPECT_EQ(row_of(std::string(kHead) + "p\tm\tchat\t1\t\t\t\t\t\n"), "p\tm\ttokens\t1\t\t\t\t\t\n");
  EXPECT_EQ(
      row_of("[]"),
      "price table, line 1: expected the names of the columns: provider, model, mode, input, output, cache_write, cache_read, second, "
      "character");
}

TEST(Prices, AsTextAreTheSameTable) {
  const std::string rows =
      "a\tm\ttokens\t0.000000001\t999999999.999999999\t1.05\t100\t\t\n"
      "a\tn\tvideo_generation\t\t\t\t\t0.1\t\n"
      "b\ta\taudio_speech\t\t\t\t\t\t15\n";
  EXPECT_EQ(row_of(std::string(kHead) + rows), rows);
  const std::string text = PriceTable::built_in().text();
  const auto again = PriceTable::parse(text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->size(), PriceTable::built_in().size());
  EXPECT_EQ(again->text(), text);
}

TEST(Prices, AreBuiltIn) {
  const PriceTable& table = PriceTable::built_in();
  EXPECT_GT(table.size(), 500u);
  const UsageCounts usage{{"prompt_tokens", 1000}, {"completion_tokens", 1000}};
  struct Case {
    std::string_view model, provider;
    double cost;
  };
  for (const auto& [model, provider, cost] : std::vector<Case>{
           {"gpt-4o", "openai", 0.0125},
           {"gpt-4o-mini-2024-07-18", "openai", 0.00075},
           {"gpt-3.5-turbo", "openai", 0.002},
           {"claude-3-5-sonnet-20241022", "anthropic", 0.018},
           {"anthropic.claude-3-5-sonnet-20241022-v2:0", "bedrock", 0.018},
           {"claude-sonnet-4@20250514", "anthropic_vertexai", 0.018},
           {"gemini-2.0-flash", "google_ai", 0.0005},
           {"gemini-1.5-pro", "google_vertexai", 0.00625},
           {"llama-3.1-8b-instant", "groq", 0.00013},
       }) {
    EXPECT_EQ(table.estimated_cost(model, provider, usage), cost) << model << " of " << provider;
  }
  EXPECT_EQ(table.estimated_cost("tts-1", "openai", {{"input_characters", 1'000'000}}), 15);
  EXPECT_EQ(table.estimated_cost("sora-2", "openai", {{"video_duration_seconds", 4}}), 0.4);
}

}  // namespace
}  // namespace opik::cost

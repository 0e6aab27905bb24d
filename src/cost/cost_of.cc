#include <algorithm>
#include <initializer_list>

#include "cost/prices.h"

// The formula. Providers count differently: OpenAI's input contains what was read from the cache, Anthropic's and Bedrock's does
// not. Of the names under which a client may say the same number, the provider's own (original_usage.*, which Opik's SDKs add)
// come first.

namespace opik::cost {
namespace {

using codec::UsageCount;
using codec::UsageCounts;

__extension__ using Sum = __int128;  // four products of two int64 each: what a hostile usage can reach

// The number under the first of the names that is there; 0 if none is, or it is below 0.
int64_t count(const UsageCounts& usage, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto found = std::find_if(usage.begin(), usage.end(), [&](const UsageCount& one) { return one.name == name; });
    if (found != usage.end()) return std::max<int64_t>(found->count, 0);
  }
  return 0;
}

Sum at(Femtodollars price, int64_t count) { return static_cast<Sum>(price) * count; }

Sum text(const Price& price, const UsageCounts& usage) {
  return at(price.input, count(usage, {"prompt_tokens"})) + at(price.output, count(usage, {"completion_tokens"}));
}

// The first two spellings are those of its chat API, the third that of its responses API.
Sum openai(const Price& price, const UsageCounts& usage) {
  const int64_t input = count(usage, {"original_usage.prompt_tokens", "prompt_tokens"});
  const int64_t output = count(usage, {"original_usage.completion_tokens", "completion_tokens"});
  const int64_t cached = count(usage, {"original_usage.prompt_tokens_details.cached_tokens", "cache_read_input_tokens",
                                       "original_usage.input_tokens_details.cached_tokens"});
  return at(price.input, std::max<int64_t>(input - cached, 0)) + at(price.output, output) + at(price.cache_read, cached);
}

Sum anthropic(const Price& price, const UsageCounts& usage) {
  return at(price.input, count(usage, {"original_usage.input_tokens", "prompt_tokens"})) +
         at(price.output, count(usage, {"original_usage.output_tokens", "completion_tokens"})) +
         at(price.cache_write, count(usage, {"original_usage.cache_creation_input_tokens", "cache_creation_input_tokens"})) +
         at(price.cache_read, count(usage, {"original_usage.cache_read_input_tokens", "cache_read_input_tokens"}));
}

// Its converse API writes camelCase; a model of Anthropic's behind it, called directly, answers as Anthropic does.
Sum bedrock(const Price& price, const UsageCounts& usage) {
  return at(price.input, count(usage, {"original_usage.inputTokens", "original_usage.input_tokens", "prompt_tokens"})) +
         at(price.output, count(usage, {"original_usage.outputTokens", "original_usage.output_tokens", "completion_tokens"})) +
         at(price.cache_write, count(usage, {"original_usage.cacheWriteInputTokens", "original_usage.cacheCreationInputTokens",
                                             "original_usage.cache_creation_input_tokens", "cache_creation_input_tokens"})) +
         at(price.cache_read,
            count(usage, {"original_usage.cacheReadInputTokens", "original_usage.cache_read_input_tokens", "cache_read_input_tokens"}));
}

Sum sum_of(const Price& price, std::string_view provider, const UsageCounts& usage) {
  if (price.mode == Price::Mode::video_generation && price.second > 0) return at(price.second, count(usage, {"video_duration_seconds"}));
  if (price.mode == Price::Mode::audio_speech && price.character > 0) {
    return at(price.character, count(usage, {"original_usage.input_characters", "input_characters"}));
  }
  if (price.cache_write > 0 || price.cache_read > 0) {
    if (provider == "openai") return openai(price, usage);
    if (provider == "anthropic") return anthropic(price, usage);
    if (provider == "bedrock") return bedrock(price, usage);
  }
  return text(price, usage);
}

}  // namespace

std::optional<double> cost_of(const Price& price, std::string_view provider, const UsageCounts& usage) {
  const Sum picodollars = sum_of(price, provider, usage) / 1000;
  if (picodollars == 0) return std::nullopt;
  return static_cast<double>(picodollars) / 1e12;
}

}  // namespace opik::cost

#include "codec/otlp_usage.h"

#include <array>
#include <limits>
#include <utility>

#include "codec/decimal.h"

namespace opik::codec {
namespace {

constexpr std::string_view kCacheRead = "cache_read.input_tokens";
constexpr std::string_view kCacheWrite = "cache_creation.input_tokens";

constexpr std::array kNames = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"input_tokens", "prompt_tokens"},
    {"output_tokens", "completion_tokens"},
    // OpenInference
    {"prompt", "prompt_tokens"},
    {"completion", "completion_tokens"},
    {"total", "total_tokens"},
    {"prompt_details.cache_read", kCacheRead},
    {"prompt_details.cache_write", kCacheWrite},
});

constexpr int64_t kCountMax = std::numeric_limits<int32_t>::max();

int64_t count(const model::TokenCounts& usage, std::string_view name) {
  const auto found = usage.find(name);
  return found == usage.end() ? 0 : found->second;
}

// Renames a count, if it is there and the new name is free.
void rename(model::TokenCounts& usage, std::string_view from, std::string_view to) {
  const auto found = usage.find(from);
  if (found == usage.end() || usage.contains(to)) return;
  usage.emplace(to, found->second);
  usage.erase(found);
}

}  // namespace

std::string_view otlp_usage_name(std::string_view name) {
  for (const auto& [from, to] : kNames) {
    if (name == from) return to;
  }
  return name;
}

std::optional<int64_t> otlp_count(std::string_view json) {
  if (json.size() > 2 && json.front() == '"' && json.back() == '"') json = json.substr(1, json.size() - 2);
  const std::optional<Decimal> decimal = parse_decimal(json);
  if (!decimal || !decimal->is_integer()) return std::nullopt;
  const std::optional<int64_t> value = scaled(*decimal, 0);
  return value && *value >= 0 && *value <= kCountMax ? value : std::nullopt;
}

void finish_otlp_usage(std::string_view provider, model::TokenCounts& usage) {
  const int64_t total = count(usage, "prompt_tokens") + count(usage, "completion_tokens");
  if (total > 0 && total <= kCountMax && !usage.contains("total_tokens")) usage.emplace("total_tokens", total);
  if (provider == "anthropic" || provider == "bedrock") {
    const int64_t cached = count(usage, kCacheRead) + count(usage, kCacheWrite);
    const auto prompt = usage.find("prompt_tokens");
    if (prompt == usage.end() || prompt->second < cached) return;
    prompt->second -= cached;
  }
  rename(usage, kCacheRead, "cache_read_input_tokens");
  rename(usage, kCacheWrite, "cache_creation_input_tokens");
}

}  // namespace opik::codec

#pragma once
// Token counts, under the names that Opik has for them.

#include <optional>
#include <string>
#include <string_view>

#include "codec/otlp.h"
#include "model/record.h"

namespace opik::codec {

// input_tokens -> prompt_tokens, and so on; `name` itself if Opik has no other.
std::string_view otlp_usage_name(std::string_view name);

// A count: an integer from 0 to 2^31 - 1, as a number or a text. `json` is a trimmed JSON value.
std::optional<int64_t> otlp_count(std::string_view json);

// Adds total_tokens if it is missing. Then says the tokens of the cache the way that the provider itself does, which is how
// costs are computed: OpenTelemetry counts them as part of the input, Anthropic and Bedrock beside it.
void finish_otlp_usage(std::string_view provider, model::TokenCounts& usage);

}  // namespace opik::codec

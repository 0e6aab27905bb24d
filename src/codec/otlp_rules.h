#pragma once
// What an attribute of an OTLP span becomes: the conventions of OpenTelemetry (gen_ai.*), OpenLLMetry, OpenInference, Logfire,
// Pydantic AI, LiveKit, LiteLLM, Smolagents, Langfuse, and Opik's own. The table is in otlp_rules.cc.

#include <cstdint>
#include <string_view>

namespace opik::codec {

enum class OtlpTarget : uint8_t {
  input,  // input[<key>], and so on
  output,
  metadata,
  input_messages,  // <prefix>.<n>.<rest>: input.messages[n][<rest>]
  output_messages,
  model,  // these are kept in metadata too
  provider,
  operation,  // says what type the span has
  cost,       // US dollars
  usage,      // usage[<rest of the key>]
  usage_object,
  thread,
  tags,
};

struct OtlpRule {
  std::string_view key;
  bool prefix = false;  // whether keys that only begin with `key` match
  OtlpTarget target = OtlpTarget::input;
  bool llm = false;  // only spans of type llm have it
};

// The first rule that matches; what none matches is input.
const OtlpRule& otlp_rule(std::string_view key);

// The type that a value of `operation` means; empty if it means none.
std::string_view otlp_type(std::string_view operation);

// The name that Opik has for a provider; `name` itself if it has none.
std::string_view otlp_provider(std::string_view name);

}  // namespace opik::codec

#include "codec/otlp_rules.h"

#include <array>
#include <utility>

namespace opik::codec {
namespace {

using enum OtlpTarget;

constexpr OtlpRule exact(std::string_view key, OtlpTarget target, bool llm = false) { return {key, false, target, llm}; }
constexpr OtlpRule begins(std::string_view key, OtlpTarget target, bool llm = false) { return {key, true, target, llm}; }
constexpr bool kLlm = true;

// In Opik's order. Where two rules match, the first counts: the narrower stand first.
constexpr OtlpRule kRules[] = {
    // Logfire
    exact("model_name", model),
    exact("usage", usage_object),
    exact("prompt", input),
    exact("params", input),
    exact("all_messages", input),
    exact("tools", input),
    exact("response", output),
    exact("result", output),
    exact("final_result", output),
    exact("tool_responses", output),
    begins("logfire.", metadata),
    begins("code.", metadata),
    // OpenTelemetry's conventions for generative AI, and OpenLLMetry's first form of them
    begins("gen_ai.prompt.", input_messages, kLlm),
    begins("gen_ai.prompt", input),
    begins("gen_ai.completion.", output_messages, kLlm),
    begins("gen_ai.completion", output),
    exact("gen_ai.request.model", model, kLlm),
    exact("gen_ai.request_model", model, kLlm),
    exact("gen_ai.response.model", model, kLlm),
    exact("gen_ai.response_model", model, kLlm),
    exact("gen_ai.system_instructions", input, kLlm),
    exact("gen_ai.system", provider, kLlm),
    exact("gen_ai.provider.name", provider, kLlm),
    exact("gen_ai.usage.cost", cost, kLlm),
    begins("gen_ai.usage.", usage, kLlm),
    begins("gen_ai.input.", input, kLlm),
    begins("gen_ai.output.", output, kLlm),
    exact("gen_ai.request.temperature", metadata, kLlm),
    exact("gen_ai.response.id", metadata, kLlm),
    exact("gen_ai.cost.total_cost", cost, kLlm),
    begins("gen_ai.cost.", metadata, kLlm),
    exact("gen_ai.tool.call.arguments", input),
    exact("gen_ai.tool.call.result", output),
    begins("gen_ai.tool.", metadata),
    begins("gen_ai.agent.", metadata),
    exact("gen_ai.response.finish_reasons", metadata),
    exact("gen_ai.token.type", metadata),
    exact("gen_ai.framework", metadata),
    exact("gen_ai.operation.name", operation),
    begins("gen_ai.request.", input),
    begins("gen_ai.response", output),
    exact("gen_ai.conversation.id", thread),
    begins("llm.usage.", usage, kLlm),
    exact("llm.request.type", operation),
    exact("traceloop.entity.input", input),
    exact("traceloop.entity.output", output),
    exact("traceloop.span.kind", operation),
    exact("traceloop.association.properties.session_id", thread),
    exact("traceloop.association.properties.thread_id", thread),
    begins("traceloop.", metadata),
    // OpenInference
    exact("llm.model_name", model, kLlm),
    exact("embedding.model_name", model, kLlm),
    exact("llm.provider", provider, kLlm),
    exact("llm.system", provider, kLlm),
    begins("llm.token_count.", usage, kLlm),
    exact("llm.cost.total", cost, kLlm),
    begins("llm.cost.", metadata, kLlm),
    begins("llm.input_messages.", input_messages, kLlm),
    begins("llm.output_messages.", output_messages, kLlm),
    begins("llm.invocation_parameters", input, kLlm),
    exact("openinference.span.kind", operation),
    begins("retrieval.documents", output),
    exact("session.id", thread),
    exact("user.id", metadata),
    exact("tag.tags", tags),
    // LiveKit
    exact("lk.input_text", input),
    exact("lk.user_input", input),
    exact("lk.user_transcript", input),
    exact("lk.chat_ctx", input),
    exact("lk.function_tool.arguments", input),
    exact("lk.function_tool.output", output),
    begins("lk.response.", output),
    begins("lk.", metadata),
    // Pydantic AI
    exact("tool_arguments", input),
    exact("tool_response", output),
    exact("agent_name", metadata),
    // LiteLLM
    begins("llm.request.", metadata),
    begins("llm.response.", metadata),
    exact("metadata", metadata),
    begins("metadata.", metadata),
    exact("hidden_params", metadata),
    // anyone
    begins("input", input),
    begins("output", output),
    exact("thread_id", thread),
    exact("opik.tags", tags),
    begins("opik.metadata", metadata),
    exact("error.type", metadata),
    // Smolagents
    begins("smolagents.", metadata),
    // Langfuse
    begins("langfuse.observation.input", input),
    begins("langfuse.trace.input", input),
    begins("langfuse.observation.output", output),
    begins("langfuse.trace.output", output),
    exact("langfuse.observation.model.name", model, kLlm),
    exact("langfuse.observation.type", operation),
    exact("langfuse.session.id", thread),
    exact("langfuse.trace.tags", tags),
    begins("langfuse.", metadata),
};
constexpr OtlpRule kElse{"", true, input, false};

constexpr std::array kTypes = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"chat", "llm"},
    {"text_completion", "llm"},
    {"completion", "llm"},
    {"generate_content", "llm"},
    {"embeddings", "llm"},
    {"embedding", "llm"},
    {"generation", "llm"},
    {"llm", "llm"},
    {"execute_tool", "tool"},
    {"tool", "tool"},
    {"guardrail", "guardrail"},
    {"create_agent", "general"},
    {"invoke_agent", "general"},
    {"invoke_workflow", "general"},
    {"agent", "general"},
    {"chain", "general"},
    {"workflow", "general"},
    {"task", "general"},
    {"retriever", "general"},
    {"reranker", "general"},
    {"evaluator", "general"},
});

constexpr std::array kProviders = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"openai", "openai"},
    {"anthropic", "anthropic"},
    {"groq", "groq"},
    {"bedrock", "bedrock"},
    {"aws.bedrock", "bedrock"},
    {"aws_bedrock", "bedrock"},
    {"gcp.gemini", "google_ai"},
    {"gcp.gen_ai", "google_ai"},
    {"gemini", "google_ai"},
    {"google", "google_ai"},
    {"google_genai", "google_ai"},
    {"gcp.vertex_ai", "google_vertexai"},
    {"vertex_ai", "google_vertexai"},
    {"vertexai", "google_vertexai"},
});

bool equal_without_case(std::string_view lower, std::string_view text) {
  if (lower.size() != text.size()) return false;
  for (size_t i = 0; i < lower.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

template <size_t Count>
std::string_view translated(const std::array<std::pair<std::string_view, std::string_view>, Count>& names, std::string_view name,
                            std::string_view otherwise) {
  for (const auto& [from, to] : names) {
    if (equal_without_case(from, name)) return to;
  }
  return otherwise;
}

}  // namespace

const OtlpRule& otlp_rule(std::string_view key) {
  for (const OtlpRule& rule : kRules) {
    if (key.empty() || rule.key.front() != key.front()) continue;  // of most rules nothing more is read
    if (rule.prefix ? key.starts_with(rule.key) : key == rule.key) return rule;
  }
  return kElse;
}

std::string_view otlp_type(std::string_view operation) { return translated(kTypes, operation, {}); }
std::string_view otlp_provider(std::string_view name) { return translated(kProviders, name, name); }

}  // namespace opik::codec

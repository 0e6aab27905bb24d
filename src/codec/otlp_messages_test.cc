// Goal: OTLP spans become traces and spans of Opik's with everything they carry, under the same ids whatever batch they come in,
// and what cannot be kept is rejected with its reason.
// Method: requests written as protobuf, whole messages printed and compared; the same spans in different batches, merged.

#include <algorithm>
#include <string>
#include <vector>

#include "codec/otlp_span.h"
#include "codec/otlp_test.h"
#include "model/entity.h"

namespace opik::codec {
namespace {

using model::Field;

// The span that one attribute row makes, as "input | output | metadata | the rest", without what every span has.
std::string mapped(std::initializer_list<std::string> attributes) {
  std::string rest;
  for (const std::string& a : attributes) rest += a;
  const auto request = decode_otlp(OtlpForm::protobuf, request_of({span_message(1, 0, rest)}));
  EXPECT_TRUE(request);
  MappedSpan span = map_otlp_span(request->spans[0], {});
  span.metadata.erase("opentelemetry.trace_id");
  span.metadata.erase("opentelemetry.span_id");
  std::string out =
      fmt::format("{} | {} | {} | {}", json_object(span.input), json_object(span.output), json_object(span.metadata), span.type);
  if (!span.model.empty()) out += " model " + span.model;
  if (!span.provider.empty()) out += " provider " + span.provider;
  if (!span.thread_id.empty()) out += " thread " + span.thread_id;
  if (!span.usage.empty()) out += " usage " + usage_json(span.usage);
  if (!span.tags.empty()) out += " tags " + print_tags(span.tags);
  if (span.cost) out += fmt::format(" cost {}", *span.cost);
  if (!span.error_info.empty()) out += " error " + span.error_info;
  return out;
}
std::string mapped(std::string_view key, std::string_view text) { return mapped({text_attribute(key, text)}); }

TEST(OtlpMessages, AGenAiCallBecomesAnLlmSpan) {
  const std::string body = request_of(
      {span_message(2, 1,
                    field(5, "chat gpt-4o") + field(6, 3) + text_attribute("gen_ai.operation.name", "chat") +
                        text_attribute("gen_ai.provider.name", "openai") + text_attribute("gen_ai.request.model", "gpt-4o") +
                        text_attribute("gen_ai.response.model", "gpt-4o-2024-08-06") +
                        attribute("gen_ai.usage.input_tokens", integer_value(1000)) +
                        attribute("gen_ai.usage.output_tokens", integer_value(20)) +
                        attribute("gen_ai.usage.cache_read.input_tokens", integer_value(400)) +
                        text_attribute("gen_ai.input.messages", R"([{"role":"user", "parts":[{"type":"text","content":"hi"}]}])") +
                        text_attribute("gen_ai.output.messages", "[]") + attribute("gen_ai.request.temperature", real_value(0.5)) +
                        attribute("gen_ai.request.max_tokens", integer_value(9)) + text_attribute("gen_ai.conversation.id", "t1"))},
      field(1, "opentelemetry.instrumentation.openai") + field(2, "1.2"), field(1, key_value("service.name", text_value("shop"))));
  const OtlpMessages messages = messages_of(body);
  ASSERT_EQ(messages.spans.size(), 1u);
  EXPECT_EQ(show(messages.spans[0]), fmt::format(R"(span snapshot stamp 1700000001623456 in shop
trace_id: {0}
parent_span_id: {1}
name: chat gpt-4o
type: llm
start_time: 1700000000123456789
end_time: 1700000001623456789
input: {{"gen_ai.input.messages":[{{"role":"user", "parts":[{{"type":"text","content":"hi"}}]}}],"gen_ai.request.max_tokens":9}}
output: {{"gen_ai.output.messages":[]}}
metadata: {{"gen_ai.conversation.id":"t1","gen_ai.operation.name":"chat","gen_ai.provider.name":"openai","gen_ai.request.model":"gpt-4o","gen_ai.request.temperature":0.5,"gen_ai.response.model":"gpt-4o-2024-08-06","integration":"opentelemetry.instrumentation.openai","opentelemetry.kind":"client","opentelemetry.resource":{{"service.name":"shop"}},"opentelemetry.scope":{{"name":"opentelemetry.instrumentation.openai","version":"1.2","attributes":{{}}}},"opentelemetry.span_id":"5151515151515102","opentelemetry.trace_id":"0a0b0c0d0e0f10111213141516171819","thread_id":"t1"}}
usage: {{"cache_read_input_tokens":400,"completion_tokens":20,"prompt_tokens":1000,"total_tokens":1020}}
model: gpt-4o-2024-08-06
provider: openai
source: sdk
)",
                                                 base::Uuid::from_bytes(messages.spans[0].fields.text(Field::trace_id))->text(),
                                                 base::Uuid::from_bytes(messages.spans[0].fields.text(Field::parent_span_id))->text()));
  ASSERT_EQ(messages.traces.size(), 1u);  // the root is elsewhere
  EXPECT_EQ(show(messages.traces[0]), "trace patch stamp 1700000001623456 in shop\nthread_id: t1\nsource: sdk\n");
}

TEST(OtlpMessages, ARootBecomesItsTrace) {
  const OtlpMessages messages = messages_of(
      request_of({span_message(1, 0, field(5, "answer") + text_attribute("input.value", "q") + text_attribute("opik.tags", "a, b,a"))}));
  ASSERT_EQ(messages.traces.size(), 1u);
  EXPECT_EQ(show(messages.traces[0]), R"(trace snapshot stamp 1700000001623456 in shop
name: answer
start_time: 1700000000123456789
end_time: 1700000001623456789
input: {"input.value":"q"}
metadata: {"opentelemetry.span_id":"5151515151515101","opentelemetry.trace_id":"0a0b0c0d0e0f10111213141516171819"}
tags: ["a","b"]
source: sdk
)");
  ASSERT_EQ(messages.spans.size(), 1u);
  EXPECT_EQ(messages.spans[0].fields.text(Field::trace_id), messages.traces[0].id.bytes());
  EXPECT_FALSE(messages.spans[0].fields.has(Field::parent_span_id));
  EXPECT_EQ(messages.spans[0].fields.text(Field::type), "general");
  EXPECT_NE(messages.spans[0].id, messages.traces[0].id);
}

TEST(OtlpMessages, AttributesGoWhereTheConventionsSay) {
  struct Case {
    std::string_view key, text, shown;
  };
  for (const auto& [key, text, shown] : std::vector<Case>{
           {"http.route", "/x", R"({"http.route":"/x"} |  |  | general)"},
           {"prompt", "hi", R"({"prompt":"hi"} |  |  | general)"},
           {"final_result", "[1]", R"( | {"final_result":[1]} |  | general)"},
           {"model_name", "m", R"( |  | {"model_name":"m"} | general model m)"},
           {"usage", R"({"input_tokens":1,"output_tokens":2,"x":"3"})",
            R"( |  |  | general usage {"completion_tokens":2,"prompt_tokens":1,"total_tokens":3,"x":3})"},
           {"usage", R"({"input_tokens":1,"cost":0.5})",
            R"( |  | {"usage":{"input_tokens":1,"cost":0.5}} | general usage {"prompt_tokens":1,"total_tokens":1})"},
           {"usage", "much", R"( |  | {"usage":"much"} | general)"},
           {"logfire.msg", "m", R"( |  | {"logfire.msg":"m"} | general)"},
           {"code.function", "f", R"( |  | {"code.function":"f"} | general)"},
           {"gen_ai.prompt", "hi", R"({"gen_ai.prompt":"hi"} |  |  | general)"},
           {"gen_ai.completion", "ho", R"( | {"gen_ai.completion":"ho"} |  | general)"},
           {"gen_ai.system_instructions", "be", R"({"gen_ai.system_instructions":"be"} |  |  | llm)"},
           {"gen_ai.system", "aws.bedrock", R"( |  | {"gen_ai.system":"aws.bedrock"} | llm provider bedrock)"},
           {"gen_ai.system", "Anthropic", R"( |  | {"gen_ai.system":"Anthropic"} | llm provider anthropic)"},
           {"gen_ai.provider.name", "gcp.vertex_ai", R"( |  | {"gen_ai.provider.name":"gcp.vertex_ai"} | llm provider google_vertexai)"},
           {"gen_ai.provider.name", "x_ai", R"( |  | {"gen_ai.provider.name":"x_ai"} | llm provider x_ai)"},
           {"gen_ai.system", " ", R"( |  | {"gen_ai.system":" "} | llm)"},
           {"gen_ai.usage.reasoning", "7", R"( |  |  | llm usage {"reasoning":7})"},
           {"gen_ai.usage.input_tokens", "2147483648", R"( |  | {"gen_ai.usage.input_tokens":"2147483648"} | llm)"},
           {"gen_ai.usage.input_tokens", "-1", R"( |  | {"gen_ai.usage.input_tokens":"-1"} | llm)"},
           {"gen_ai.usage.cost", "0.5", R"( |  | {"gen_ai.usage.cost":"0.5"} | llm cost 0.5)"},
           {"gen_ai.cost.total_cost", "0", R"( |  | {"gen_ai.cost.total_cost":"0"} | llm)"},
           {"gen_ai.cost.input", "0.5", R"( |  | {"gen_ai.cost.input":"0.5"} | llm)"},
           {"gen_ai.tool.name", "f", R"( |  | {"gen_ai.tool.name":"f"} | general)"},
           {"gen_ai.tool.call.arguments", R"({"a":1})", R"({"gen_ai.tool.call.arguments":{"a":1}} |  |  | general)"},
           {"gen_ai.tool.call.result", "ok", R"( | {"gen_ai.tool.call.result":"ok"} |  | general)"},
           {"gen_ai.response.finish_reasons", "stop", R"( |  | {"gen_ai.response.finish_reasons":"stop"} | general)"},
           {"gen_ai.response.text", "x", R"( | {"gen_ai.response.text":"x"} |  | general)"},
           {"gen_ai.operation.name", "execute_tool", R"( |  | {"gen_ai.operation.name":"execute_tool"} | tool)"},
           {"gen_ai.operation.name", "dance", R"( |  | {"gen_ai.operation.name":"dance"} | general)"},
           {"openinference.span.kind", "LLM", R"( |  | {"openinference.span.kind":"LLM"} | llm)"},
           {"openinference.span.kind", "TOOL", R"( |  | {"openinference.span.kind":"TOOL"} | tool)"},
           {"openinference.span.kind", "GUARDRAIL", R"( |  | {"openinference.span.kind":"GUARDRAIL"} | guardrail)"},
           {"llm.model_name", "m", R"( |  | {"llm.model_name":"m"} | llm model m)"},
           {"llm.token_count.prompt", "5", R"( |  |  | llm usage {"prompt_tokens":5,"total_tokens":5})"},
           {"llm.token_count.total", "5", R"( |  |  | llm usage {"total_tokens":5})"},
           {"llm.invocation_parameters", R"({"t":1})", R"({"llm.invocation_parameters":{"t":1}} |  |  | llm)"},
           {"output.value", "v", R"( | {"output.value":"v"} |  | general)"},
           {"session.id", "s", R"( |  | {"session.id":"s","thread_id":"s"} | general thread s)"},
           {"traceloop.entity.input", "i", R"({"traceloop.entity.input":"i"} |  |  | general)"},
           {"traceloop.workflow.name", "w", R"( |  | {"traceloop.workflow.name":"w"} | general)"},
           {"traceloop.span.kind", "tool", R"( |  | {"traceloop.span.kind":"tool"} | tool)"},
           {"llm.usage.total_tokens", "5", R"( |  |  | llm usage {"total_tokens":5})"},
           {"lk.user_input", "u", R"({"lk.user_input":"u"} |  |  | general)"},
           {"lk.room", "r", R"( |  | {"lk.room":"r"} | general)"},
           {"llm.request.functions", "f", R"( |  | {"llm.request.functions":"f"} | general)"},
           {"hidden_params", "{}", R"( |  | {"hidden_params":{}} | general)"},
           {"thread_id", "t", R"( |  | {"thread_id":"t"} | general thread t)"},
           {"opik.tags", R"(["a", "b", 3, "a"])", R"( |  |  | general tags ["a","b"])"},
           {"opik.tags", " , x ,", R"( |  |  | general tags ["x"])"},
           {"opik.metadata.k", "v", R"( |  | {"opik.metadata.k":"v"} | general)"},
           {"smolagents.x", "v", R"( |  | {"smolagents.x":"v"} | general)"},
           {"langfuse.session.id", "s", R"( |  | {"langfuse.session.id":"s","thread_id":"s"} | general thread s)"},
           {"", "v", R"({"":"v"} |  |  | general)"},
       }) {
    EXPECT_EQ(mapped(key, text), shown) << key << " " << text;
  }
}

TEST(OtlpMessages, TextsThatAreJsonAreTakenAsJson) {
  struct Case {
    std::string_view text, input;
  };
  for (const auto& [text, input] : std::vector<Case>{
           {R"({"a":[1, 2]})", R"({"a":[1, 2]})"},
           {"[1,\n 2] ", "[1, 2]"},
           {R"({"a":NaN})", R"({"a":"NaN"})"},
           {R"("[1]")", "[1]"},
           {R"("{\"a\":1}")", R"({"a":1})"},
           {R"("plain")", R"("plain")"},
           {R"("[1")", R"("[1")"},
           {"[1", R"("[1")"},
           {"{x}", R"("{x}")"},
           {"[1] [2]", R"("[1] [2]")"},
           {"12", R"("12")"},
           {"true", R"("true")"},
           {"\"", R"("\"")"},
       }) {
    EXPECT_EQ(mapped("x", text), fmt::format("{{\"x\":{}}} |  |  | general", input)) << text;
  }
  // As deep as a payload may be, and deeper.
  EXPECT_TRUE(mapped("x", std::string(900, '[') + std::string(900, ']')).starts_with("{\"x\":[[["));
  EXPECT_TRUE(mapped("x", std::string(901, '[') + std::string(901, ']')).starts_with("{\"x\":\"[[["));
}

TEST(OtlpMessages, FlattenedMessagesBecomeAListAgain) {
  EXPECT_EQ(
      mapped({text_attribute("gen_ai.prompt.1.content", "[{\"type\":\"text\"}]"), text_attribute("gen_ai.prompt.0.role", "system"),
              text_attribute("gen_ai.prompt.1.role", "user"), text_attribute("gen_ai.completion.0.content", "yes"),
              text_attribute("gen_ai.prompt.x", "odd"), text_attribute("gen_ai.prompt.2", "odd")}),
      R"({"gen_ai.prompt.2":"odd","gen_ai.prompt.x":"odd","messages":[{"role":"system"},{"content":[{"type":"text"}],"role":"user"}]} | )"
      R"({"messages":[{"content":"yes"}]} |  | llm)");
  EXPECT_EQ(
      mapped({text_attribute("llm.input_messages.0.message.role", "user"), text_attribute("llm.input_messages.10.message.content", "b"),
              text_attribute("llm.input_messages.9.message.content", "a")}),
      R"({"messages":[{"role":"user"},{"content":"a"},{"content":"b"}]} |  |  | llm)");
}

TEST(OtlpMessages, PromptsInEventsAreInputAndOutput) {
  const std::string event = fixed(1, 5) + field(2, "gen_ai.client.inference.operation.details") +
                            field(3, key_value("gen_ai.input.messages", text_value("[1]"))) +
                            field(3, key_value("gen_ai.output.messages", text_value("[2]")));
  EXPECT_EQ(mapped({field(11, event), text_attribute("gen_ai.output.messages", "[3]")}),
            R"({"gen_ai.input.messages":[1]} | {"gen_ai.output.messages":[3]} | )"
            R"({"opentelemetry.events":[{"name":"gen_ai.client.inference.operation.details","time_unix_nano":5,)"
            R"("attributes":{"gen_ai.input.messages":"[1]","gen_ai.output.messages":"[2]"}}]} | llm)");
}

TEST(OtlpMessages, ErrorsBecomeErrorInfo) {
  const std::string exception = field(2, "exception") + field(3, key_value("exception.type", text_value("ValueError"))) +
                                field(3, key_value("exception.message", text_value("no \"x\""))) +
                                field(3, key_value("exception.stacktrace", text_value("File a\n  b")));
  EXPECT_NE(mapped({field(11, exception), field(15, field(2, "failed") + field(3, 2))})
                .find(R"( error {"exception_type":"ValueError","message":"no \"x\"","traceback":"File a\n  b"})"),
            std::string::npos);
  EXPECT_EQ(
      mapped({field(15, field(2, "failed") + field(3, 2))}),
      R"( |  | {"opentelemetry.status":{"code":"ERROR","message":"failed"}} | general error {"exception_type":"Error","message":"failed","traceback":""})");
  EXPECT_NE(
      mapped({text_attribute("error.type", "timeout"), field(15, field(3, 2))}).find(R"( error {"exception_type":"timeout","message":"")"),
      std::string::npos);
  // Recorded, but handled: no error. Escaped: one.
  EXPECT_EQ(mapped({field(11, exception)}).find(" error "), std::string::npos);
  EXPECT_EQ(mapped({field(11, exception), field(15, field(3, 1))}).find(" error "), std::string::npos);
  EXPECT_NE(mapped({field(11, exception + field(3, key_value("exception.escaped", field(2, 1))))}).find(" error "), std::string::npos);
}

TEST(OtlpMessages, CachedTokensAreSaidAsTheProviderSaysThem) {
  const auto usage = [](std::string_view provider, int64_t input) {
    const std::string shown =
        mapped({text_attribute("gen_ai.system", provider), attribute("gen_ai.usage.input_tokens", integer_value(input)),
                attribute("gen_ai.usage.cache_read.input_tokens", integer_value(40)),
                attribute("gen_ai.usage.cache_creation.input_tokens", integer_value(10))});
    return shown.substr(shown.find("usage "));
  };
  EXPECT_EQ(usage("anthropic", 100),
            R"(usage {"cache_creation_input_tokens":10,"cache_read_input_tokens":40,"prompt_tokens":50,"total_tokens":100})");
  EXPECT_EQ(usage("openai", 100),
            R"(usage {"cache_creation_input_tokens":10,"cache_read_input_tokens":40,"prompt_tokens":100,"total_tokens":100})");
  EXPECT_EQ(usage("anthropic", 45),  // these cannot have been part of it
            R"(usage {"cache_creation.input_tokens":10,"cache_read.input_tokens":40,"prompt_tokens":45,"total_tokens":45})");
}

TEST(OtlpMessages, TokensCountOnceAlongABranch) {
  const std::string tokens = attribute("gen_ai.usage.input_tokens", integer_value(5));
  const OtlpMessages messages =
      messages_of(request_of({span_message(1, 0, tokens + text_attribute("gen_ai.usage.cost", "2")), span_message(2, 1, ""),
                              span_message(3, 2, tokens), span_message(4, 1, tokens), span_message(5, 9, tokens)}));
  std::vector<std::string> usage;
  for (const model::Message& span : messages.spans) usage.emplace_back(span.fields.text(Field::usage));
  const std::string counted = R"({"prompt_tokens":5,"total_tokens":5})";
  EXPECT_EQ(usage, (std::vector<std::string>{"", "", counted, counted, counted}));
  EXPECT_NE(messages.spans[0].fields.text(Field::metadata).find("\"usage\":" + counted), std::string::npos);
  EXPECT_FALSE(messages.spans[0].fields.has(Field::cost));
  // Parents in a ring, and a span that is its own parent, come to an end.
  const OtlpMessages ring = messages_of(request_of({span_message(1, 2, tokens), span_message(2, 1, tokens), span_message(3, 3, tokens)}));
  EXPECT_EQ(ring.spans.size(), 3u);
}

TEST(OtlpMessages, IdsFollowFromTheTraceAlone) {
  const auto request = decode_otlp(OtlpForm::protobuf, request_of({span_message(1, 0, ""), span_message(2, 1, "")}));
  ASSERT_TRUE(request);
  const std::vector<OtlpTrace> traces = otlp_traces(*request, "shop");
  ASSERT_EQ(traces.size(), 1u);
  EXPECT_EQ(traces[0].otlp_id, kOtlpTrace);
  EXPECT_FALSE(traces[0].permanent);
  EXPECT_EQ(traces[0].id.version(), 7);
  EXPECT_EQ(traces[0].id.time_ms(), static_cast<int64_t>(kStartNs / 1'000'000));
  EXPECT_EQ(otlp_traces(*request, "SHOP")[0].id, traces[0].id);
  EXPECT_NE(otlp_traces(*request, "other")[0].id, traces[0].id);

  // A late batch, a day later, proposes another id; with the one that was stored, it joins.
  std::string late_span = field(1, kOtlpTrace) + field(2, span_id(3)) + field(4, span_id(1)) + fixed(7, kStartNs + 86'400'000'000'000);
  const auto late = decode_otlp(OtlpForm::protobuf, request_of({late_span}));
  ASSERT_TRUE(late);
  EXPECT_NE(otlp_traces(*late, "shop")[0].id, traces[0].id);
  const OtlpMessages first = otlp_messages(*request, "shop", traces);
  const OtlpMessages second = otlp_messages(*late, "shop", traces);
  ASSERT_EQ(second.spans.size(), 1u);
  EXPECT_EQ(second.spans[0].fields.text(Field::trace_id), traces[0].id.bytes());
  EXPECT_EQ(second.spans[0].fields.text(Field::parent_span_id), first.spans[0].id.bytes());
  EXPECT_EQ(second.spans[0].id.version(), 7);
  EXPECT_EQ(second.spans[0].id.time_ms(), traces[0].id.time_ms());
}

TEST(OtlpMessages, AnIdOfOpiksIsKept) {
  const auto traces_for = [](const base::Uuid& id) {
    const auto request = decode_otlp(OtlpForm::protobuf, request_of({field(1, id.bytes()) + field(2, span_id(1)) + fixed(7, kStartNs)}));
    return otlp_traces(*request, "shop");
  };
  const base::Uuid near = uuid("018bcfe5-687b-7123-8456-0123456789ab");  // the millisecond of kStartNs
  EXPECT_EQ(near.time_ms(), static_cast<int64_t>(kStartNs / 1'000'000));
  EXPECT_TRUE(traces_for(near)[0].permanent);
  EXPECT_EQ(traces_for(near)[0].id, near);
  EXPECT_FALSE(traces_for(uuid("018bcfe5-687b-4123-8456-0123456789ab"))[0].permanent);  // version 4
  EXPECT_FALSE(traces_for(uuid("018bcfe5-687b-7123-c456-0123456789ab"))[0].permanent);  // no variant
  EXPECT_FALSE(traces_for(uuid("010bcfe5-687b-7123-8456-0123456789ab"))[0].permanent);  // years before
}

// What is merged is the same for every split into batches, every order of them, and every repetition.
TEST(OtlpMessages, TheTraceIsTheSameWhateverTheBatches) {
  const std::vector<std::string> spans{
      span_message(1, 0, field(5, "root") + text_attribute("thread_id", "of the root") + text_attribute("input.value", "q")),
      field(1, kOtlpTrace) + field(2, span_id(2)) + field(4, span_id(1)) + fixed(7, kStartNs + 5) + fixed(8, kEndNs - 1'000'000) +
          text_attribute("thread_id", "of a child"),
      field(1, kOtlpTrace) + field(2, span_id(3)) + field(4, span_id(1)) + fixed(7, kStartNs + 9) + fixed(8, kEndNs - 2'000'000)};
  const std::vector<std::vector<std::vector<size_t>>> deliveries{{{0, 1, 2}},   {{0}, {1}, {2}},           {{2}, {1}, {0}},
                                                                 {{1, 2}, {0}}, {{1}, {0}, {1}, {2}, {0}}, {{2, 0}, {1, 0}}};
  const std::vector<OtlpTrace> traces{{kOtlpTrace, uuid(kTraceId), false}};
  std::vector<std::string> seen;
  for (const auto& batches : deliveries) {
    model::Entity trace;
    int64_t arrival_us = 1;
    for (const std::vector<size_t>& batch : batches) {
      std::string scope_spans;
      for (const size_t i : batch) scope_spans += field(2, spans[i]);
      const auto request = decode_otlp(OtlpForm::protobuf, field(1, field(2, scope_spans)));
      ASSERT_TRUE(request);
      for (model::Message message : otlp_messages(*request, "shop", traces).traces) {
        EXPECT_TRUE(message.moment.from_client);
        message.moment.arrival_us = arrival_us++;
        trace.merge(std::move(message));
      }
    }
    model::Message shown;
    shown.fields = trace.view(traces[0].id).fields;
    seen.push_back(show(shown));
  }
  EXPECT_EQ(seen[0], R"(trace snapshot
name: root
start_time: 1700000000123456789
end_time: 1700000001623456789
input: {"input.value":"q"}
metadata: {"opentelemetry.span_id":"5151515151515101","opentelemetry.trace_id":"0a0b0c0d0e0f10111213141516171819","thread_id":"of the root"}
thread_id: of the root
source: sdk
)");
  for (const std::string& view : seen) EXPECT_EQ(view, seen[0]);
}

TEST(OtlpMessages, SpansThatCannotBeKeptAreRejectedWithTheReason) {
  const auto span = [](std::string_view trace, std::string_view id, std::string_view parent, uint64_t start, uint64_t end) {
    return field(1, trace) + field(2, id) + field(4, parent) + fixed(7, start) + fixed(8, end);
  };
  const OtlpMessages messages = messages_of(request_of({
      span(kOtlpTrace, span_id(1), "", kStartNs, 0),                    // good, without an end
      span(kOtlpTrace, span_id(2), std::string(8, '\0'), kStartNs, 1),  // good: a parent of zeroes is none
      span("short", span_id(1), "", kStartNs, kEndNs),
      span(std::string(16, '\0'), span_id(1), "", kStartNs, kEndNs),
      span(kOtlpTrace, "short", "", kStartNs, kEndNs),
      span(kOtlpTrace, std::string(8, '\0'), "", kStartNs, kEndNs),
      span(kOtlpTrace, span_id(1), "short", kStartNs, kEndNs),
      span(kOtlpTrace, span_id(1), "", 0, kEndNs),
      span(kOtlpTrace, span_id(1), "", UINT64_MAX, kEndNs),
      span(kOtlpTrace, span_id(1), "", kStartNs, UINT64_MAX),
  }));
  EXPECT_EQ(messages.spans.size(), 2u);
  EXPECT_EQ(messages.traces.size(), 2u);
  EXPECT_FALSE(messages.spans[0].fields.has(Field::end_time));
  EXPECT_EQ(messages.spans[0].moment, model::Moment::stamped(static_cast<int64_t>(kStartNs / 1000), 0));
  EXPECT_EQ(messages.rejected, 8u);
  EXPECT_EQ(
      messages.reasons,
      "1 span: the end must be before 2262; 1 span: the parent span id must be 8 bytes; 2 spans: the span id must be 8 bytes that are "
      "not all zero; 2 spans: the start must be after 1970 and before 2262; 2 spans: the trace id must be 16 bytes that are not all zero");
  EXPECT_EQ(encode_otlp_answer(OtlpForm::json, messages),
            fmt::format(R"({{"partialSuccess":{{"rejectedSpans":"8","errorMessage":"{}"}}}})", messages.reasons));
  EXPECT_EQ(encode_otlp_answer(OtlpForm::protobuf, messages), field(1, field(1, 8) + field(2, messages.reasons)));
}

TEST(OtlpMessages, AnAnswerOfSuccessIsEmpty) {
  EXPECT_EQ(encode_otlp_answer(OtlpForm::json, {}), "{}");
  EXPECT_EQ(encode_otlp_answer(OtlpForm::protobuf, {}), "");
  EXPECT_EQ(encode_otlp_failure(OtlpForm::json, 3, "no \"x\""), R"({"code":3,"message":"no \"x\""})");
  EXPECT_EQ(encode_otlp_failure(OtlpForm::protobuf, 3, "no"), field(1, 3) + field(2, "no"));
}

TEST(OtlpMessages, SpansBeyondTheLimitAreRejected) {
  std::string scope_spans;
  for (size_t i = 0; i < kOtlpSpansMax + 2; ++i) {
    std::string id = "abcdefgh";
    for (size_t j = 0; j < 4; ++j) id[j] = static_cast<char>('a' + (i >> (4 * j) & 15));
    scope_spans += field(2, field(1, kOtlpTrace) + field(2, id) + fixed(7, kStartNs));
  }
  const OtlpMessages messages = messages_of(field(1, field(2, scope_spans)));
  EXPECT_EQ(messages.spans.size(), kOtlpSpansMax);
  EXPECT_EQ(messages.rejected, 2u);
  EXPECT_EQ(messages.reasons, "2 spans: a request may hold 20000 spans");
}

// Every span repeats its resource and scope, so a large one must not multiply.
TEST(OtlpMessages, ALargeResourceIsCutVisibly) {
  const std::string large(kOtlpOriginBytesMax, 'x');
  const std::string resource =
      field(1, key_value("a", text_value("1"))) + field(1, key_value("b", text_value(large))) + field(1, key_value("c", text_value("3")));
  const OtlpMessages messages = messages_of(request_of({span_message(1, 0, "")}, field(1, large) + field(2, large), resource));
  const std::string_view metadata = messages.spans[0].fields.text(Field::metadata);
  EXPECT_NE(metadata.find(R"("opentelemetry.resource":{"a":"1","c":"3","dropped_attributes_count":1})"), std::string::npos);
  EXPECT_LT(metadata.size(), 2000u);
}

TEST(OtlpMessages, LinksAndCountsOfWhatTheClientDroppedAreKept) {
  EXPECT_EQ(mapped({field(3, "a=b"), field(6, 5), field(10, 1), field(12, 2),
                    field(13, field(1, kOtlpTrace) + field(2, span_id(9)) + field(3, "x=y") + field(4, key_value("k", text_value("v"))))}),
            R"( |  | {"opentelemetry.dropped_count":3,"opentelemetry.kind":"consumer","opentelemetry.links":[)"
            R"({"trace_id":"0a0b0c0d0e0f10111213141516171819","span_id":"5151515151515109","trace_state":"x=y","attributes":{"k":"v"}}],)"
            R"("opentelemetry.trace_state":"a=b"} | general)");
}

}  // namespace
}  // namespace opik::codec

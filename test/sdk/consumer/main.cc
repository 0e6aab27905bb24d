// What a user's program does with the SDK, in C++17: by hand, by scope, by track, with a type of its own. Exit code 0: delivered.
#include <opik/opik.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace shop {
struct Order {
  int number;
  std::string item;
};

opik::Value to_opik_value(const Order& order) {
  opik::Value value;
  value.set("number", order.number);
  value.set("item", order.item);
  return value;
}
}  // namespace shop

int main() {
  opik::Client client(opik::Config{}.with_project_name("consumer"));
  const opik::Trace trace = client.trace(opik::TraceData{}.with_name("by hand").with_input({{"question", "why?"}, {"n", 1}}));
  const opik::Span span = trace.span(opik::SpanData{}.with_name("llm").with_type(opik::SpanType::llm).with_model("m"));
  span.update(opik::SpanData{}.with_metadata({{"list", std::vector<int>{1, 2}}, {"map", std::map<std::string, double>{{"a", 0.5}}}}));
  span.end(opik::SpanData{}.with_output({{"order", shop::Order{7, "tea"}}}));
  trace.end(opik::TraceData{}.with_output({{"answer", "because"}}));
  {
    const opik::SpanScope scope = opik::start_as_current_span(opik::SpanData{}.with_name("by scope"), &client);
    opik::update_current_span(opik::SpanData{}.with_output({{"ok", true}}));
  }
  opik::TrackOptions options;
  options.client = &client;
  auto twice = opik::track(
      "twice", [](int n) { return 2 * n; }, options);
  const int four = twice(2);

  const opik::FlushResult result = client.flush(std::chrono::seconds(20));
  std::printf("%d %d %llu\n", four, static_cast<int>(result.ok()), static_cast<unsigned long long>(result.delivered));
  return result.ok() && four == 4 && result.delivered == 6 ? 0 : 1;
}

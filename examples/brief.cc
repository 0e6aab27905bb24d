// The programs of Opik's page on batching and updates, in C++. Each is safe here, with batching on.
//
//   OPIK_URL_OVERRIDE=http://localhost:5173/api/ ./opik-example-brief

#include <opik/opik.h>

#include <cstdio>
#include <string>

namespace {

std::string call_llm(const std::string& prompt) { return prompt == "Hello" ? "Hi there" : "?"; }

// @opik.track
void tracked(opik::Client& client) {
  auto my_llm_call = opik::track("my_llm_call", call_llm, {.client = &client});
  my_llm_call("Hello");
}

// with opik.start_as_current_span(...)
void scoped(opik::Client& client) {
  auto span = opik::start_as_current_span({.name = "my_span"}, &client);
  span.set_output(call_llm("Hello"));
}

// The same id again, with everything: replaces all.
void overwritten(opik::Client& client) {
  const opik::Trace trace = client.trace({.name = "my_trace", .input = {{"prompt", "Hello"}}});
  client.trace({.id = trace.id(),
                .name = "my_trace",
                .end_time = std::chrono::system_clock::now(),
                .input = {{"prompt", "Hello"}},
                .output = {{"response", "Hi there"}}});
}

// Created, and ended shortly after.
void ended(opik::Client& client) {
  const opik::Trace trace = client.trace({.name = "my_trace", .input = {{"prompt", "Hello"}}});
  const opik::Span span = trace.span({.name = "llm_call", .input = {{"prompt", "Hello"}}});
  span.end({.output = {{"response", "Hi there"}}});
  trace.end({.output = {{"response", "Hi there"}}});
}

}  // namespace

int main() {
  bool delivered = true;
  for (const bool batching : {true, false}) {
    opik::Client client{{.project_name = "brief", .batching = batching}};
    tracked(client);
    scoped(client);
    overwritten(client);
    ended(client);
    const opik::FlushResult result = client.flush(std::chrono::seconds(10));
    std::printf("batching=%d: %llu records delivered\n", batching, static_cast<unsigned long long>(result.delivered));
    delivered = delivered && result.ok();
  }
  return delivered ? 0 : 1;
}

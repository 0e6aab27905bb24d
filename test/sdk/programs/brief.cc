// The brief's four programs, many times at once, with pauses between their steps so that any step may fall before, into or after a
// batch that carries the others.
#include <atomic>
#include <thread>

#include "programs.h"

namespace programs {
namespace {

struct Run {
  const opik::Client& client;
  int64_t n;  // in all values, so that no two schedules can be taken for each other
  std::mt19937_64& random;
  int64_t pause_max_us;
  Expectations& expected;

  void wait() { pause(random, pause_max_us); }
};

// "Use decorators or context managers."
void by_scope(Run run) {
  const int64_t n = run.n;
  auto outer = opik::start_as_current_span({.name = "outer", .input = {{"prompt", n}}}, &run.client);
  run.expected.add(
      {"spans", outer.span().id(), {{"name", "outer"}, {"input", {{"prompt", n}}}, {"output", {{"done", n}}}, {"metadata", {{"m", n}}}}});
  run.expected.add({"traces", outer.trace().id(), {{"name", "outer"}, {"input", {{"prompt", n}}}, {"output", {{"done", n}}}}});
  run.wait();
  {
    opik::TrackOptions options;
    options.client = &run.client;
    opik::Id inner;
    auto call = opik::track(
        "inner",
        [&](int64_t x) {
          inner = opik::current_span().id();
          run.wait();
          return x + 1;
        },
        options);
    call(n);
    run.expected.add({"spans",
                      inner,
                      {{"name", "inner"},
                       {"input", {{"arguments", opik::Value::array({n})}}},
                       {"output", {{"output", n + 1}}},
                       {"parent_span_id", outer.span().id().text()}}});
  }
  run.wait();
  outer.update({.metadata = {{"m", n}}});
  run.wait();
  outer.set_output({{"done", n}});
}

// "Re-send the full payload to overwrite."
void by_sending_again(Run run) {
  const int64_t n = run.n;
  const opik::Trace trace = run.client.trace({.name = "my_trace", .input = {{"prompt", n}}, .tags = {"old"}});
  const opik::Span span = trace.span({.name = "my_span", .input = {{"prompt", n}}, .metadata = {{"old", true}}});
  run.wait();
  run.client.trace({.id = trace.id(),
                    .name = "my_trace",
                    .end_time = std::chrono::system_clock::now(),
                    .input = {{"prompt", n}},
                    .output = {{"response", n}}});
  run.wait();
  run.client.span({.id = span.id(),
                   .trace_id = trace.id(),
                   .name = "my_span",
                   .end_time = std::chrono::system_clock::now(),
                   .input = {{"prompt", n}},
                   .output = {{"response", n}}});
  run.expected.add({"traces", trace.id(), {{"name", "my_trace"}, {"input", {{"prompt", n}}}, {"output", {{"response", n}}}}, true, "tags"});
  run.expected.add(
      {"spans", span.id(), {{"name", "my_span"}, {"input", {{"prompt", n}}}, {"output", {{"response", n}}}}, true, "metadata"});
}

// "Disable batching", and the program that the brief warns of: the same steps, with batching or without.
void by_hand(Run run) {
  const int64_t n = run.n;
  const opik::Trace trace = run.client.trace({.name = "my_trace", .input = {{"prompt", n}}});
  const opik::Span span = trace.span({.name = "llm_call", .type = opik::SpanType::llm, .input = {{"prompt", n}}, .model = "m"});
  run.wait();
  span.update({.metadata = {{"k", n}}});
  run.wait();
  span.end({.output = {{"response", n}}, .usage = {{"prompt_tokens", 3}, {"completion_tokens", n % 1000}}});
  run.wait();
  trace.update({.tags = {"t"}});
  run.wait();
  trace.end({.output = {{"response", n}}});
  run.expected.add(
      {"traces",
       trace.id(),
       {{"name", "my_trace"}, {"input", {{"prompt", n}}}, {"output", {{"response", n}}}, {"tags", opik::Value::array({"t"})}}});
  run.expected.add({"spans",
                    span.id(),
                    {{"name", "llm_call"},
                     {"type", "llm"},
                     {"model", "m"},
                     {"trace_id", trace.id().text()},
                     {"input", {{"prompt", n}}},
                     {"output", {{"response", n}}},
                     {"metadata", {{"k", n}}},
                     {"usage", {{"prompt_tokens", 3}, {"completion_tokens", n % 1000}}}}});
}

}  // namespace

int brief(const Arguments& arguments) {
  const int64_t schedules = arguments[0], thread_count = arguments[1], client_count = arguments[2], pause_max_us = arguments[4];
  const auto seed = static_cast<uint64_t>(arguments[3]);
  std::mt19937_64 random(seed);
  // A key of its own makes a connection of its own. Every second one sends without batching.
  std::vector<opik::Client> clients;
  for (int64_t i = 0; i < client_count; ++i) {
    clients.emplace_back(opik::Config{.project_name = "brief",
                                      .api_key = "key-" + std::to_string(i),
                                      .batching = i % 2 == 0,
                                      .flush_interval = std::chrono::milliseconds(1 + random() % 20)});
  }
  Expectations expected;
  std::atomic<int64_t> next{0};
  std::vector<std::thread> workers;
  for (int64_t w = 0; w < thread_count; ++w) {
    workers.emplace_back([&, seed_here = random()] {
      std::mt19937_64 own(seed_here);
      for (int64_t n = next++; n < schedules; n = next++) {
        const Run run{clients[own() % clients.size()], n, own, pause_max_us, expected};
        switch (n % 3) {
          case 0:
            by_scope(run);
            break;
          case 1:
            by_sending_again(run);
            break;
          default:
            by_hand(run);
        }
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  expected.print();
  for (opik::Client& client : clients) {
    const opik::FlushResult result = client.flush(std::chrono::seconds(120));
    print_end(client.stats(), result);
  }
  return 0;
}

}  // namespace programs

// Goal: what a program logs through the public surface reaches the server whole, whatever the answers: each program of the brief, scopes,
// errors, threads, projects, scores, anonymizers, bad input, outages, and what flush() and Stats say of it. Method: clients over a
// transport that is a server in memory, which keeps the newest whole row and patches as the official one does, and can be told to fail.
#include <opik/opik.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "sdk/core.h"

namespace opik {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using testing::HasSubstr;

// The rule of the official server, and a record of the requests.
class Memory {
 public:
  base::Result<sdk::HttpResponse> answer(const sdk::HttpRequest& request) {
    const std::lock_guard lock(mutex);
    ++requests;
    if (!status.empty()) {
      const int code = status.front();
      if (status.size() > 1) status.erase(status.begin());
      if (code == 0) return base::Error{base::Code::unavailable, "connection refused"};
      if (code != 200) return response(code);
    }
    methods.insert(request.method + " " + request.path.substr(0, request.path.rfind('/')));
    const json body = json::parse(request.body);
    if (request.method == "PATCH") {
      json& row = rows[request.path.substr(request.path.rfind('/') + 1)];
      for (const auto& [key, value] : body.items()) row[key] = value;
      return response(204);
    }
    for (const char* list : {"traces", "spans", "scores"}) {
      if (!body.contains(list)) continue;
      for (const json& item : body[list]) {
        if (item.value("name", "") == "poison") return response(400);
      }
      for (const json& item : body[list]) take(list, item);
    }
    return response(204);
  }
  json row(const Id& id) {
    const std::lock_guard lock(mutex);
    return rows[id.text()];
  }

  std::mutex mutex;
  std::map<std::string, json> rows;
  std::vector<json> scores;
  std::vector<int> status;  // of the next requests; the last one goes on; 0: no answer
  std::set<std::string> methods;
  int requests = 0;
  int repeats = 0;  // rows that came again with the same stamp

 private:
  static sdk::HttpResponse response(int code) {
    sdk::HttpResponse response;
    response.status = code;
    response.retry_after = code == 429 ? std::optional<std::chrono::milliseconds>(10ms) : std::nullopt;
    return response;
  }
  void take(const std::string& list, const json& item) {
    if (list == "scores") return scores.push_back(item);
    json& row = rows[item["id"]];
    const std::string old = row.is_null() ? "" : row.value("last_updated_at", "");
    if (old == item["last_updated_at"]) ++repeats;
    if (item["last_updated_at"] >= old) row = item;
  }
};

class Wire : public sdk::Transport {
 public:
  explicit Wire(std::shared_ptr<Memory> memory) : memory_(std::move(memory)) {}
  base::Result<sdk::HttpResponse> send(const sdk::HttpRequest& request, std::chrono::milliseconds) noexcept override {
    if (aborted_) return base::Error{base::Code::busy, "aborted"};
    return memory_->answer(request);
  }
  void abort() noexcept override { aborted_ = true; }

 private:
  std::shared_ptr<Memory> memory_;
  std::atomic<bool> aborted_{false};
};

class ClientTest : public testing::Test {
 protected:
  void SetUp() override {
    set_tracing_active(true);
    sdk::set_transport_factory([memory = memory](const sdk::Settings&) { return std::make_unique<Wire>(memory); });
    folder = std::filesystem::temp_directory_path() / ("opik-client-test-" + Id::make().text());
    static int number = 0;  // a connection, and so an engine, of its own for every test
    config.url_override = "http://memory-" + std::to_string(++number) + "/";
    config.project_name = "test";
    config.enable_json_request_compression = false;
    config.spool_dir = folder.string();
    config.spool_mode = SpoolMode::off;
    config.flush_interval = 20ms;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::shared_ptr<Memory> memory = std::make_shared<Memory>();
  std::filesystem::path folder;
  Config config;
};

void expect_adds_up(const Stats& s) { EXPECT_EQ(s.captured, s.delivered + s.rejected + s.spooled + s.pending); }

TEST_F(ClientTest, ShutdownAllDeliversAndEnds) {
  Client client(config);
  client.trace({.name = "before"});
  shutdown_all();
  client.trace({.name = "after"});
  EXPECT_EQ(memory->rows.size(), 1U);
  const Stats stats = client.stats();
  EXPECT_EQ(stats.delivered, 1U);
  EXPECT_EQ(stats.rejected, 1U);
  expect_adds_up(stats);
}

TEST_F(ClientTest, SaysWhoMadeIt) {
  Client client(config);
  const Trace ours = client.trace({.name = "ours"});
  const Trace theirs = client.trace({.name = "theirs", .source = "experiment"});
  const Span span = theirs.span({.name = "span", .source = "experiment"});
  EXPECT_TRUE(client.flush().ok());
  EXPECT_EQ(memory->rows[ours.id().text()]["source"], "sdk");
  EXPECT_EQ(memory->rows[theirs.id().text()]["source"], "experiment");
  EXPECT_EQ(memory->rows[span.id().text()]["source"], "experiment");
}

TEST_F(ClientTest, TheBriefsPrograms) {
  for (const bool batching : {true, false}) {
    config.batching = batching;
    Client client(config);
    const Trace trace = client.trace({.name = "my_trace", .input = {{"prompt", "Hello"}}});
    const Span span = trace.span({.name = "llm_call", .input = {{"prompt", "Hello"}}});
    span.end({.output = {{"response", "Hi there"}}});
    trace.end({.output = {{"response", "Hi there"}}});

    const Trace again = client.trace({.name = "my_trace", .input = {{"prompt", "Hello"}}, .tags = {"gone"}});
    client.trace({.id = again.id(),
                  .name = "my_trace",
                  .end_time = std::chrono::system_clock::now(),
                  .input = {{"prompt", "Hello"}},
                  .output = {{"response", "Hi there"}}});
    const auto my_llm_call = [](const std::string& prompt) { return "re: " + prompt; };
    EXPECT_EQ(track("my_llm_call", my_llm_call, {.client = &client})("Hello"), "re: Hello");
    Span scoped;
    {
      SpanScope scope({.name = "my_span"}, &client);
      scope.set_output("result");
      scoped = scope.span();
    }
    const FlushResult result = client.flush(10s);
    EXPECT_TRUE(result.ok()) << result.pending;
    for (const Id& id : {trace.id(), span.id(), again.id()}) {
      const json row = memory->row(id);
      EXPECT_EQ(row["input"]["prompt"], "Hello") << row;
      EXPECT_EQ(row["output"]["response"], "Hi there") << row;
      EXPECT_TRUE(row.contains("end_time") && row.contains("start_time")) << row;
      EXPECT_EQ(row["project_name"], "test");
      EXPECT_EQ(row["source"], "sdk");
    }
    EXPECT_EQ(memory->row(span.id())["trace_id"], trace.id().text());
    EXPECT_EQ(memory->row(span.id())["type"], "general");
    EXPECT_FALSE(memory->row(again.id()).contains("tags")) << "a re-sent create overwrites entirely";
    EXPECT_EQ(memory->row(scoped.id())["output"], "result");
    EXPECT_EQ(memory->row(scoped.trace_id())["output"], "result") << "the trace made for the span has its output";
    for (const std::string& method : memory->methods) EXPECT_THAT(method, Not(HasSubstr("PATCH")));
    const Stats stats = client.stats();
    EXPECT_EQ(stats.pending, 0u);
    expect_adds_up(stats);
  }
}

TEST_F(ClientTest, AnUpdateLongAfterDeliveryIsTheWholeRecordAgain) {
  Client client(config);
  const Trace trace = client.trace({.name = "a", .input = {{"x", 1}}});
  EXPECT_TRUE(client.flush(10s).ok());
  trace.end({.output = {{"y", 2}}});
  EXPECT_TRUE(client.flush(10s).ok());
  const json row = memory->row(trace.id());
  EXPECT_EQ(row["input"]["x"], 1);
  EXPECT_EQ(row["output"]["y"], 2);
  EXPECT_EQ(client.stats().delivered, 2u);
}

TEST_F(ClientTest, AForeignIdIsPatchedWithItsAddress) {
  Client client(config);
  static std::string told;
  told.clear();
  set_log_sink([](LogLevel, std::string_view line) { told += line; });
  const Id trace = Id::make();
  const Id span = Id::make();
  client.update_span({.id = span, .trace_id = trace, .output = {{"y", 2}}});
  client.update_trace({.id = trace, .output = {{"z", 3}}});
  EXPECT_TRUE(client.flush(10s).ok());
  set_log_sink(nullptr);
  EXPECT_EQ(memory->row(span), (json{{"trace_id", trace.text()}, {"project_name", "test"}, {"output", {{"y", 2}}}}));
  EXPECT_EQ(memory->row(trace), (json{{"project_name", "test"}, {"output", {{"z", 3}}}}));
  EXPECT_THAT(told, HasSubstr("Calling Client.update_span() shortly after creation with batching enabled may cause data loss. See "
                              "https://www.comet.com/docs/opik/tracing/batching_and_updates for details and recommended alternatives."));
}

TEST_F(ClientTest, AllFieldsOnTheWire) {
  Client client(config);
  const auto start = std::chrono::system_clock::from_time_t(1'700'000'000);
  const Trace trace = client.trace({.name = "t",
                                    .start_time = start,
                                    .metadata = {{"m", nullptr}},
                                    .tags = {"a", "b"},
                                    .time_to_first_token_ms = 12.5,
                                    .error_info = {"E", "went wrong"},
                                    .thread_id = "thread",
                                    .project_name = "other"});
  const Span parent = trace.span({.name = "p"});
  const Span span = parent.span(
      {.name = "s", .type = SpanType::llm, .model = "gpt", .provider = "openai", .usage = {{"prompt_tokens", 3}}, .total_cost = 0.25});
  trace.log_feedback_score("good", 0.5, {.reason = "why"});
  trace.log_feedback_score("good", 0.75);
  client.log_threads_feedback_scores({{.thread_id = "thread", .name = "polite", .value = 1}});
  EXPECT_TRUE(client.flush(10s).ok());
  json row = memory->row(trace.id());
  row.erase("last_updated_at");
  EXPECT_EQ(row, (json{{"id", trace.id().text()},
                       {"project_name", "other"},
                       {"name", "t"},
                       {"start_time", "2023-11-14T22:13:20.000000Z"},
                       {"metadata", {{"m", nullptr}}},
                       {"tags", {"a", "b"}},
                       {"ttft", 12.5},
                       {"error_info", {{"exception_type", "E"}, {"message", "went wrong"}, {"traceback", "went wrong"}}},
                       {"thread_id", "thread"},
                       {"source", "sdk"}}));
  row = memory->row(span.id());
  EXPECT_EQ(row["parent_span_id"], parent.id().text());
  EXPECT_EQ(row["type"], "llm");
  EXPECT_EQ(row["usage"]["prompt_tokens"], 3);
  EXPECT_EQ(row["total_estimated_cost"], 0.25);
  EXPECT_EQ(row["project_name"], "other");
  ASSERT_EQ(memory->scores.size(), 2u) << "the score given twice is one record";
  const json score = memory->scores[memory->scores[0].contains("id") ? 0 : 1];
  EXPECT_EQ(score, (json{{"id", trace.id().text()}, {"name", "good"}, {"value", 0.75}, {"project_name", "other"}, {"source", "sdk"}}));
}

struct Cold : std::runtime_error {
  using std::runtime_error::runtime_error;
};

TEST_F(ClientTest, ExceptionsAreRecordedAndGoOn) {
  Client client(config);
  Span inner;
  const auto fails = [&](int) {
    inner = current_span();
    throw Cold("brr");
  };
  EXPECT_THROW(track("fails", fails, {.client = &client})(1), Cold);
  EXPECT_FALSE(Context::current()) << "the context is as it was";
  Span unwound;
  try {
    SpanScope scope({.name = "outer"}, &client);
    unwound = scope.span();
    throw 1;
  } catch (int) {
  }
  EXPECT_TRUE(client.flush(10s).ok());
  const json row = memory->row(inner.id());
  EXPECT_THAT(row["error_info"]["exception_type"], HasSubstr("Cold"));
  EXPECT_EQ(row["error_info"]["message"], "brr");
  EXPECT_EQ(row["input"]["arguments"], json::array({1}));
  EXPECT_TRUE(row.contains("end_time"));
  EXPECT_TRUE(memory->row(unwound.id()).contains("error_info"));
  EXPECT_TRUE(memory->row(unwound.id()).contains("end_time"));
}

TEST_F(ClientTest, ContextsNestAndAreHandedOver) {
  Client client(config);
  Span inner;
  Span worked;
  Id trace_id;
  {
    SpanScope outer({.name = "outer"}, &client);
    trace_id = outer.trace().id();
    {
      const SpanScope scope = start_as_current_span({.name = "inner"});
      inner = current_span();
      EXPECT_EQ(inner.parent_span_id(), outer.span().id());
    }
    EXPECT_EQ(current_span().id(), outer.span().id());
    std::thread([&] { EXPECT_FALSE(Context::current()); }).join();
    std::thread(Context::current().wrap([&] {
      const SpanScope scope = start_as_current_span({.name = "work"});
      worked = scope.span();
    })).join();
    EXPECT_EQ(worked.parent_span_id(), outer.span().id());

    const DistributedHeaders headers = distributed_headers();
    EXPECT_EQ(headers.opik_parent_span_id, outer.span().id().text());
    const Context there = Context::from_traceparent(headers.traceparent(), "x=1, " + headers.tracestate(), &client);
    EXPECT_EQ(there.trace().id(), trace_id);
    EXPECT_EQ(there.span().id(), outer.span().id());
    EXPECT_FALSE(Context::from_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "", &client)) << "not one of ours";
    EXPECT_FALSE(Context::from_traceparent("00-4bf9", "", &client));
    EXPECT_FALSE(Context::from_headers({"nonsense", ""}, &client));
  }
  EXPECT_TRUE(client.flush(10s).ok());
  EXPECT_EQ(memory->row(worked.id())["trace_id"], trace_id.text());
}

TEST_F(ClientTest, ManyThreadsOnTheSameSpans) {
  Client client(config);
  constexpr int kThreads = 8;
  constexpr int kSpans = 500;
  const Trace trace = client.trace({.name = "t"});
  std::vector<std::vector<Span>> spans(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kSpans; ++i) spans[static_cast<size_t>(t)].push_back(trace.span({.name = "s", .input = {{"i", i}}}));
    });
  }
  for (auto& thread : threads) thread.join();
  threads.clear();
  for (int t = 0; t < kThreads; ++t) {  // each ends the spans of the next one
    threads.emplace_back([&, t] {
      for (const Span& span : spans[static_cast<size_t>((t + 1) % kThreads)]) span.end({.output = {{"o", 1}}});
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(client.flush(20s).ok());
  for (const auto& of_thread : spans) {
    for (size_t i = 0; i < of_thread.size(); ++i) {
      json row = memory->row(of_thread[i].id());
      ASSERT_TRUE(row.contains("input") && row.contains("output"))
          << row << " patched: " << memory->methods.contains("PATCH v1/private/spans");
      ASSERT_EQ(row["input"]["i"], i);
      ASSERT_EQ(row["output"]["o"], 1);
    }
  }
  expect_adds_up(client.stats());
}

TEST_F(ClientTest, OneBadItemCostsOnlyItself) {
  Client client(config);
  const Trace trace = client.trace({.name = "t"});
  std::vector<Span> spans;
  for (int i = 0; i < 100; ++i) spans.push_back(trace.span({.name = i == 37 ? "poison" : "good"}));
  const FlushResult result = client.flush(20s);
  EXPECT_EQ(result.pending, 0u);
  EXPECT_EQ(result.delivered, 100u);
  EXPECT_EQ(result.rejected, 1u);
  ASSERT_EQ(result.reasons.size(), 1u);
  EXPECT_EQ(result.reasons[0].first, spans[37].id());
  EXPECT_THAT(result.reasons[0].reason, HasSubstr("400"));
  EXPECT_EQ(client.flush(1s).rejected, 0u) << "told once";
}

TEST_F(ClientTest, OutagesLoseAndDoubleNothing) {
  memory->status = {0, 503, 429, 500, 0, 200};
  Client client(config);
  std::vector<Trace> traces;
  for (int i = 0; i < 50; ++i) traces.push_back(client.trace({.name = "t", .input = {{"i", i}}}));
  std::this_thread::sleep_for(100ms);
  for (const Trace& trace : traces) trace.end({.output = {{"o", 1}}});
  const FlushResult result = client.flush(30s);
  EXPECT_TRUE(result.ok()) << result.pending;
  for (const Trace& trace : traces) EXPECT_EQ(memory->row(trace.id())["output"]["o"], 1);
  EXPECT_EQ(memory->repeats, 0);
  EXPECT_GT(client.stats().retries, 0u);
  expect_adds_up(client.stats());
}

TEST_F(ClientTest, DownAtExitUpInTheNextProcess) {
  for (const SpoolMode mode : {SpoolMode::on_failure, SpoolMode::always}) {
    config.spool_mode = mode;
    memory->status = {0};
    Id id;
    Id patched = Id::make();
    {
      Client client(config);
      const Trace trace = client.trace({.name = "t", .input = {{"i", 1}}});
      trace.log_feedback_score("s", 1);
      client.update_trace({.id = patched, .output = "late"});
      trace.end({.output = "o"});
      id = trace.id();
      const FlushResult result = client.shutdown(2s);
      EXPECT_EQ(result.pending, 0u);
      EXPECT_EQ(result.spooled, 3u);
      EXPECT_FALSE(result.ok());
    }
    memory->status = {200};
    memory->scores.clear();
    Config other = config;
    other.request_timeout = 29s;  // another engine, as in another process
    Client next(other);
    for (int i = 0; i < 200 && next.stats().delivered < 3; ++i) std::this_thread::sleep_for(20ms);
    EXPECT_TRUE(next.flush(10s).ok());
    EXPECT_EQ(memory->row(id)["output"], "o");
    EXPECT_EQ(memory->row(id)["input"]["i"], 1);
    EXPECT_EQ(memory->row(patched)["output"], "late");
    EXPECT_EQ(memory->scores.size(), 1u);
    expect_adds_up(next.stats());
    config.project_name = "test2";
    config.request_timeout = 31s;
  }
}

TEST_F(ClientTest, MemoryRunsOutToTheSpoolAndComesBack) {
  config.spool_mode = SpoolMode::on_failure;
  config.max_memory_mb = 4;
  memory->status = {0};
  Client client(config);
  std::vector<Trace> traces;
  const std::string text(10'000, 'x');
  for (int i = 0; i < 600; ++i) {
    traces.push_back(client.trace({.name = "t", .input = text}));
    // The tapes hold 2 MiB: what is read from them is to run out of memory, not they.
    for (int wait = 0; i % 50 == 49 && wait < 6000 && client.stats().captured <= static_cast<uint64_t>(i); ++wait)
      std::this_thread::sleep_for(5ms);
  }
  const Stats during = client.stats();
  EXPECT_GT(during.spooled, 0u);
  expect_adds_up(during);
  for (const Trace& trace : traces) trace.end({.output = "o"});
  {
    const std::lock_guard lock(memory->mutex);
    memory->status = {200};
  }
  for (int i = 0; i < 1000 && (client.stats().spooled > 0 || client.stats().pending > 0); ++i) std::this_thread::sleep_for(20ms);
  const FlushResult result = client.flush(20s);
  EXPECT_TRUE(result.ok()) << result.pending << " pending, " << result.reasons.size() << " reasons, "
                           << (result.reasons.empty() ? "" : result.reasons[0].reason);
  size_t whole = 0;
  for (const Trace& trace : traces) {
    const json row = memory->row(trace.id());
    if (row.contains("input") && row.contains("output")) ++whole;
  }
  EXPECT_EQ(whole, traces.size());
  EXPECT_EQ(client.stats().rejected, 0u);
  expect_adds_up(client.stats());
}

TEST_F(ClientTest, WithoutASpoolMemoryIsKeptByRejectingAndToldSo) {
  config.max_memory_mb = 4;
  memory->status = {0};
  Client client(config);
  const std::string text(100'000, 'x');
  for (int i = 0; i < 200; ++i) client.trace({.name = "t", .input = text});
  const FlushResult result = client.shutdown(300ms);
  EXPECT_EQ(client.stats().rejected, 200u);
  EXPECT_EQ(client.stats().captured, 200u);
  EXPECT_FALSE(result.reasons.empty());
}

TEST_F(ClientTest, AnonymizersSeeEveryStringBeforeItLeaves) {
  Client client(config);
  client.add_anonymizer([](AnonymizedField field, std::string& text) {
    if (field == AnonymizedField::output) throw 1;
    if (text.find("secret") != std::string::npos) text = "***";
  });
  std::this_thread::sleep_for(100ms);
  const Trace trace =
      client.trace({.name = "secret name", .input = {{"secret key", "my secret"}, {"n", {{"deep", "\"secret\"\n"}}}}, .output = "x"});
  EXPECT_TRUE(client.flush(10s).ok());
  const json row = memory->row(trace.id());
  EXPECT_EQ(row["name"], "secret name");
  EXPECT_EQ(row["input"], (json{{"secret key", "***"}, {"n", {{"deep", "***"}}}}));
  EXPECT_EQ(row["output"], "(anonymizer threw)");
}

TEST_F(ClientTest, BadInputIsMendedOrRefusedAndCounted) {
  Client client(config);
  Value deep = 1;
  for (int i = 0; i < 10'000; ++i) deep = Value::array({deep});
  const std::string huge(100 << 20, 'x');
  const Trace trace = client.trace({.name = "\xff name",
                                    .input = {{"nan", std::nan("")}, {"inf", INFINITY}, {"bad", "a\xc3(z"}},
                                    .output = deep,
                                    .metadata = Value::json("{broken")});
  const Trace large = client.trace({.name = "", .input = huge});
  client.trace({.id = "not an id", .name = "x"});
  client.trace({.id = "6f2f4a1e-9c1b-4b6e-8a55-111111111111", .name = "version 4"});
  client.update_span({.output = 1});
  client.log_traces_feedback_scores({{.id = trace.id(), .name = "", .value = 1}});
  const FlushResult result = client.flush(20s);
  EXPECT_EQ(result.rejected, 4u);
  EXPECT_EQ(result.delivered, 2u);
  const json row = memory->row(trace.id());
  EXPECT_EQ(row["name"], "\xef\xbf\xbd name");
  EXPECT_EQ(row["input"], (json{{"nan", "NaN"}, {"inf", "Infinity"}, {"bad", "a\xef\xbf\xbd(z"}}));
  EXPECT_EQ(row["metadata"], "{broken");
  EXPECT_THAT(row["output"].dump(), HasSubstr("left out"));
  EXPECT_THAT(memory->row(large.id())["input"], HasSubstr("left out"));
  EXPECT_GE(client.stats().repaired, 4u);
  expect_adds_up(client.stats());
}

TEST_F(ClientTest, SamplingAndSwitchingOff) {
  config.sample_rate = 0.5;
  Client client(config);
  int recorded = 0;
  for (int i = 0; i < 2000; ++i) {
    const Trace trace = client.trace({.name = "t"});
    const Span span = trace.span({.name = "s"});
    EXPECT_EQ(static_cast<bool>(trace), static_cast<bool>(span));
    EXPECT_TRUE(trace.id());
    if (trace) ++recorded;
  }
  EXPECT_NEAR(recorded, 1000, 150);
  const Trace open = client.trace({.name = "t"});
  set_tracing_active(false);
  EXPECT_FALSE(client.trace({.name = "off"}));
  open.end({.output = "still"});
  set_tracing_active(true);
  EXPECT_TRUE(client.flush(10s).ok());
  if (open) {
    EXPECT_EQ(memory->row(open.id())["output"], "still");
  }
}

TEST_F(ClientTest, ClientsShareAConnectionAndHandlesOutliveThem) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 64; ++i) {
    Config own = config;
    own.project_name = "p" + std::to_string(i);
    clients.push_back(std::make_unique<Client>(own));
  }
  std::vector<Trace> traces;
  for (const auto& client : clients) traces.push_back(client->trace({.name = "t"}));
  EXPECT_TRUE(clients[0]->flush(10s).ok());
  EXPECT_LE(memory->requests, 4) << "one queue for all";
  EXPECT_EQ(memory->row(traces[63].id())["project_name"], "p63");
  const Trace handle = traces[0];
  clients.erase(clients.begin());
  handle.end();
  Stats stats = clients[0]->stats();
  EXPECT_EQ(stats.rejected, 1u);
  expect_adds_up(stats);
  clients.clear();
  traces[5].update({.output = 1});  // nobody listens any more
}

// The owner thread is held in the middle of reading the tapes while a further trace is logged and flush() is called.
TEST_F(ClientTest, FlushCoversWhatWasLoggedWhileTheTapesWereRead) {
  config.flush_interval = 60s;
  Client client(config);
  std::atomic<bool> entered{false};
  std::atomic<bool> go_on{false};
  client.add_anonymizer([&](AnonymizedField, std::string&) {
    entered = true;
    while (!go_on) std::this_thread::sleep_for(1ms);
  });
  std::this_thread::sleep_for(120ms);
  client.trace({.name = "first", .input = "x"});
  while (!entered) std::this_thread::sleep_for(1ms);
  const Trace second = client.trace({.name = "second"});
  std::thread release([&] {
    std::this_thread::sleep_for(100ms);
    go_on = true;
  });
  EXPECT_TRUE(client.flush(20s).ok());
  EXPECT_EQ(memory->row(second.id())["name"], "second");
  release.join();
}

TEST_F(ClientTest, FlushTellsHowThingsStandInTime) {
  memory->status = {0};
  Client client(config);
  client.trace({.name = "t"});
  const auto begin = std::chrono::steady_clock::now();
  const FlushResult result = client.flush(200ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  EXPECT_EQ(result.pending, 1u);
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(client.flush(0ms).pending, 1u);
  client.shutdown(0ms);
}

}  // namespace
}  // namespace opik

// The load of `make bench`: writes spans to a running opikd as fast as it takes them, or times reads. Prints one JSON object.
//
//   opik-load write --port 5173 --spans 1000000 --batch 1000 --connections 4 --encoding identity --size usual
//   opik-load write --port 5173 --spans 20000 --single --connections 64      one POST a span
//   opik-load write --port 5173 --first 1000000 --spans 300000 --batch 100 --rate 5000    so many spans a second, no more
//   opik-load read  --port 5173 --spans 1000000                              after a write and a write-rest of as many
//   opik-load ask   --port 5173                                              likewise: filters, statistics, metrics
//   opik-load stream --port 5173                                             every span, by the search stream
//
// Bodies that are compressed are made before the clock starts; plain ones are made while it runs, which is cheap.

#include <fmt/format.h>
#include <libdeflate.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "corpus.h"
#include "support/http_client.h"
#include "yardstick.h"

namespace opik::bench {
namespace {

using Clock = std::chrono::steady_clock;
using test::HttpClient;
using test::HttpReply;

constexpr int kGzipLevel = 9;  // Python's default
constexpr int kBusyWaitMs = 20;

struct Options {
  std::string host = "127.0.0.1";
  uint16_t port = 5173;
  int64_t spans = 100'000;
  int64_t batch = 1000;
  size_t connections = 4;
  std::string encoding = "identity";
  std::string size = "usual";
  bool single = false;
  int64_t first = 0;
  double rate = 0;  // spans a second; 0: as fast as they are taken
};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string gzip(const std::string& body) {
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(libdeflate_alloc_compressor(kGzipLevel),
                                                                                            &libdeflate_free_compressor);
  std::string out(libdeflate_gzip_compress_bound(compressor.get(), body.size()), '\0');
  out.resize(libdeflate_gzip_compress(compressor.get(), body.data(), body.size(), out.data(), out.size()));
  return out;
}

// Runs `work(client, next)` on as many connections as asked for; `next()` hands out 0, 1, ... below `count` and then -1.
void on_connections(const Options& options, int64_t count, const std::function<void(HttpClient&, const std::function<int64_t()>&)>& work) {
  std::atomic<int64_t> counter{0};
  std::mutex mutex;
  std::string failure;
  const std::function<int64_t()> next = [&] {
    const int64_t n = counter++;
    return n < count ? n : -1;
  };
  std::vector<std::thread> threads;
  for (size_t i = 0; i < options.connections; ++i) {
    threads.emplace_back([&] {
      try {
        HttpClient client(options.host, options.port);
        work(client, next);
      } catch (const std::exception& error) {
        const std::lock_guard lock(mutex);
        failure = error.what();
        counter = count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (!failure.empty()) throw std::runtime_error(failure);
}

// Sends until it is taken: 429 means later.
void send_write(HttpClient& client, const std::string& request, std::atomic<int64_t>& busy) {
  for (;;) {
    const HttpReply reply = client.send(request);
    if (reply.status / 100 == 2) return;
    if (reply.status != 429) throw std::runtime_error(fmt::format("a write was answered {}: {}", reply.status, reply.body.substr(0, 300)));
    ++busy;
    std::this_thread::sleep_for(std::chrono::milliseconds(kBusyWaitMs));
  }
}

void append_batch(std::string& body, const Corpus& corpus, int64_t begin, int64_t end) {
  body += R"({"spans":[)";
  for (int64_t span = begin; span < end; ++span) {
    if (span != begin) body += ',';
    corpus.append_span(body, span);
  }
  body += "]}";
}

void write_traces(const Options& options, const Corpus& corpus, std::atomic<int64_t>& busy) {
  const int64_t traces = (options.spans + kSpansPerTrace - 1) / kSpansPerTrace;
  const int64_t first = options.first / kSpansPerTrace;
  on_connections(options, (traces + 999) / 1000, [&](HttpClient& client, const std::function<int64_t()>& next) {
    for (int64_t n = next(); n >= 0; n = next()) {
      std::string body = R"({"traces":[)";
      for (int64_t trace = n * 1000; trace < std::min((n + 1) * 1000, traces); ++trace) {
        if (trace != n * 1000) body += ',';
        corpus.append_trace(body, first + trace);
      }
      send_write(client, test::http_request("POST", "/v1/private/traces/batch", body + "]}"), busy);
    }
  });
}

// One of the traces with many spans.
void write_long_trace(const Options& options, const Corpus& corpus, int64_t trace, int64_t spans, std::atomic<int64_t>& busy) {
  HttpClient client(options.host, options.port);
  std::string body = R"({"traces":[)";
  corpus.append_trace(body, trace);
  send_write(client, test::http_request("POST", "/v1/private/traces/batch", body + "]}"), busy);
  for (int64_t first = 0; first < spans; first += 1000) {
    body.clear();
    append_batch(body, corpus, trace + first, trace + std::min(first + 1000, spans));
    send_write(client, test::http_request("POST", "/v1/private/spans/batch", body), busy);
  }
}

int write(const Options& options) {
  const Corpus corpus(options.size == "large" ? Size::large : Size::usual);
  std::atomic<int64_t> bytes{0}, busy{0};
  const int64_t batch = options.single ? 1 : options.batch;
  const int64_t requests = (options.spans + batch - 1) / batch;
  const std::string path = options.single ? "/v1/private/spans" : "/v1/private/spans/batch";
  const bool zipped = options.encoding == "gzip";
  const auto body_of = [&](int64_t n) {
    std::string body;
    if (options.single) {
      corpus.append_span(body, options.first + n);
    } else {
      append_batch(body, corpus, options.first + n * batch, options.first + std::min((n + 1) * batch, options.spans));
    }
    bytes += static_cast<int64_t>(body.size());
    return body;
  };

  std::vector<std::string> made(zipped ? static_cast<size_t>(requests) : 0);
  if (zipped) {
    std::atomic<int64_t> counter{0};
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) {
      threads.emplace_back([&] {
        for (int64_t n = counter++; n < requests; n = counter++)
          made[static_cast<size_t>(n)] = test::http_request("POST", path, gzip(body_of(n)), "gzip");
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  const auto start = Clock::now();
  on_connections(options, requests, [&](HttpClient& client, const std::function<int64_t()>& next) {
    for (int64_t n = next(); n >= 0; n = next()) {
      if (options.rate > 0) {
        const std::chrono::duration<double> due(static_cast<double>(n * batch) / options.rate);
        std::this_thread::sleep_until(start + std::chrono::duration_cast<Clock::duration>(due));
      }
      send_write(client, zipped ? made[static_cast<size_t>(n)] : test::http_request("POST", path, body_of(n)), busy);
    }
  });
  const double seconds = seconds_since(start);
  std::cout << fmt::format(R"({{"spans":{},"seconds":{:.3f},"spans_per_second":{:.0f},"bytes_per_span":{:.0f},"busy":{}}})", options.spans,
                           seconds, static_cast<double>(options.spans) / seconds,
                           static_cast<double>(bytes) / static_cast<double>(options.spans), busy.load())
            << "\n";
  return 0;
}

int write_rest(const Options& options) {
  const Corpus corpus(Size::usual);
  std::atomic<int64_t> busy{0};
  const auto start = Clock::now();
  write_traces(options, corpus, busy);
  write_long_trace(options, corpus, kBigTrace, kBigTraceSpans, busy);
  write_long_trace(options, corpus, kHugeTrace, kHugeTraceSpans, busy);
  std::cout << fmt::format(R"({{"traces":{},"seconds":{:.3f}}})", options.spans / kSpansPerTrace + 2, seconds_since(start)) << "\n";
  return 0;
}

// Times `count` requests one after the other; each must be 200 and satisfy `good`.
std::string time_reads(HttpClient& client, std::string_view what, int count, const std::function<std::string(std::mt19937_64&)>& path,
                       const std::function<bool(const HttpReply&)>& good) {
  std::mt19937_64 random(7);
  std::vector<double> ms;
  size_t bytes = 0;
  for (int i = 0; i < count; ++i) {
    const std::string request = path(random);
    const auto start = Clock::now();
    const HttpReply reply = client.send(request);
    ms.push_back(seconds_since(start) * 1000);
    bytes += reply.body.size();
    if (reply.status != 200 || !good(reply)) {
      throw std::runtime_error(
          fmt::format("{}: {} was answered {}: {}", what, request.substr(0, request.find('\r')), reply.status, reply.body.substr(0, 300)));
    }
  }
  std::sort(ms.begin(), ms.end());
  const auto at = [&](double q) { return ms[static_cast<size_t>(q * static_cast<double>(ms.size() - 1))]; };
  return fmt::format(R"("{}":{{"p50_ms":{:.4f},"p99_ms":{:.4f},"bytes":{},"count":{}}})", what, at(0.5), at(0.99),
                     bytes / static_cast<size_t>(count), count);
}

size_t count_of(std::string_view text, std::string_view part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string project_id(HttpClient& client, int64_t n) {
  const std::string asked = fmt::format(R"({{"name":"project {}"}})", n);
  const HttpReply reply = client.send(test::http_request("POST", "/v1/private/projects/retrieve", asked));
  constexpr std::string_view kBefore = R"("id":")";
  const size_t at = reply.body.find(kBefore);
  if (reply.status != 200 || at == std::string::npos) throw std::runtime_error("no project " + std::to_string(n));
  return reply.body.substr(at + kBefore.size(), 36);
}

// What people ask of their logs: pages filtered on columns and on payloads, statistics, metrics, a long trace.
int ask(const Options& options) {
  HttpClient client(options.host, options.port);
  std::vector<std::string> projects;
  for (int64_t n = 0; n < kProjects; ++n) projects.push_back(project_id(client, n));
  const auto list = [&](std::string_view kind, std::string_view filters) {
    return [&projects, kind = std::string(kind), filters = filters.empty() ? "" : "&filters=" + escaped(filters)](std::mt19937_64& random) {
      return test::http_request(
          "GET", fmt::format("/v1/private/{}?project_id={}&page=1&size=100{}", kind, projects[random() % projects.size()], filters), "");
    };
  };
  const auto stats = [&](std::string_view kind) {
    return [&projects, kind = std::string(kind)](std::mt19937_64& random) {
      return test::http_request("GET", fmt::format("/v1/private/{}/stats?project_id={}", kind, projects[random() % projects.size()]), "");
    };
  };
  const auto metrics = [&](std::string_view what) {
    return [&projects, what = std::string(what)](std::mt19937_64& random) {
      return test::http_request(
          "POST", fmt::format("/v1/private/projects/{}/metrics", projects[random() % projects.size()]),
          fmt::format(R"({{{},"interval_start":"2025-10-09T00:00:00Z","interval_end":"2025-11-08T00:00:00Z"}})", what));
    };
  };
  const auto rows = [](size_t least, size_t most) {
    return [=](const HttpReply& reply) {
      const size_t n = count_of(reply.body, "\"start_time\":");
      return n >= least && n <= most;
    };
  };
  const auto says = [](std::string_view part) {
    return [part = std::string(part)](const HttpReply& reply) { return reply.body.find(part) != std::string::npos; };
  };
  struct Question {
    std::string_view what;
    int count;
    std::function<std::string(std::mt19937_64&)> path;
    std::function<bool(const HttpReply&)> good;
  };
  const Question questions[] = {
      {"newest", 300, list("traces", ""), rows(100, 100)},
      {"columns", 200,
       list("spans", R"([{"field":"name","operator":"=","value":"chat_completion"},{"field":"duration","operator":">","value":"2000"}])"),
       rows(100, 100)},
      {"metadata", 20, list("spans", R"([{"field":"metadata","key":"user","operator":"=","value":"user-17"}])"), rows(1, 99)},
      {"metadata_early", 20, list("spans", R"([{"field":"metadata","key":"region","operator":"=","value":"eu-west-1"}])"), rows(100, 100)},
      {"substring", 20, list("spans", R"([{"field":"output","operator":"contains","value":"zzzz"}])"), rows(0, 0)},
      {"projects_stats", 100, [](std::mt19937_64&) { return test::http_request("GET", "/v1/private/projects/stats?page=1&size=100", ""); },
       says("\"trace_count\":")},
      {"traces_stats", 100, stats("traces"), says("\"trace_count\"")},
      {"spans_stats", 100, stats("spans"), says("\"span_count\"")},
      {"by_model", 100, metrics(R"("metric_type":"SPAN_COST","interval":"DAILY","breakdown":{"field":"model"})"), says("gpt-4o")},
      {"quantiles", 100, metrics(R"("metric_type":"SPAN_DURATION","interval":"TOTAL")"), says("duration.p99")},
      {"long_trace", 20,
       [](std::mt19937_64&) {
         return test::http_request(
             "GET",
             fmt::format("/v1/private/spans?project_name=project%200&trace_id={}&page=1&size={}", trace_id(kHugeTrace), kHugeTraceSpans),
             "");
       },
       rows(kHugeTraceSpans, kHugeTraceSpans)},
  };
  std::vector<std::string> out;
  for (const Question& question : questions) {
    for (int64_t n = 0; n < kProjects; ++n) time_reads(client, "warm", 1, question.path, question.good);
    out.push_back(time_reads(client, question.what, question.count, question.path, question.good));
  }
  std::cout << fmt::format("{{{}}}\n", fmt::join(out, ","));
  return 0;
}

// All spans of all projects, newest first, 2,000 a request: the most that one may ask for.
int stream(const Options& options) {
  HttpClient client(options.host, options.port);
  constexpr std::string_view kId = R"({"id":")";
  constexpr size_t kLines = 2000;
  int64_t spans = 0, bytes = 0;
  const auto start = Clock::now();
  for (int64_t n = 0; n < kProjects; ++n) {
    std::string last;
    for (size_t lines = kLines; lines == kLines;) {
      const std::string asked = fmt::format(R"({{"project_name":"project {}","limit":{}{}}})", n, kLines,
                                            last.empty() ? "" : R"(,"last_retrieved_id":")" + last + '"');
      const HttpReply reply = client.send(test::http_request("POST", "/v1/private/spans/search", asked));
      if (reply.status != 200) throw std::runtime_error(fmt::format("a search was answered {}: {}", reply.status, reply.body));
      lines = static_cast<size_t>(std::count(reply.body.begin(), reply.body.end(), '\n'));
      spans += static_cast<int64_t>(lines);
      bytes += static_cast<int64_t>(reply.body.size());
      if (lines == 0) break;
      const size_t line = reply.body.rfind('\n', reply.body.size() - 2) + 1;  // npos + 1: the first
      if (reply.body.compare(line, kId.size(), kId) != 0) throw std::runtime_error("a line does not begin with its id");
      last = reply.body.substr(line + kId.size(), 36);
    }
  }
  std::cout << fmt::format(R"({{"spans":{},"bytes":{},"seconds":{:.3f}}})", spans, bytes, seconds_since(start)) << "\n";
  return 0;
}

int read(const Options& options) {
  HttpClient client(options.host, options.port);
  const auto get = [](const std::string& path) { return test::http_request("GET", path, ""); };
  const auto any_span = [&](std::mt19937_64& random) { return static_cast<int64_t>(random() % static_cast<uint64_t>(options.spans)); };
  const auto any_project = [](std::mt19937_64& random) { return fmt::format("project%20{}", random() % kProjects); };
  const auto holds = [](size_t n) { return [n](const HttpReply& reply) { return count_of(reply.body, "\"start_time\":") == n; }; };
  const auto is_one = holds(1);

  std::vector<std::string> out;
  const auto span_by_id = [&](std::mt19937_64& random) { return get("/v1/private/spans/" + span_id(any_span(random))); };
  time_reads(client, "warm", 200, span_by_id, is_one);
  out.push_back(time_reads(client, "span_by_id", 5000, span_by_id, is_one));
  out.push_back(time_reads(
      client, "trace_by_id", 2000,
      [&](std::mt19937_64& random) { return get("/v1/private/traces/" + trace_id(trace_of(any_span(random)))); }, is_one));
  out.push_back(time_reads(
      client, "newest_spans", 300,
      [&](std::mt19937_64& random) { return get(fmt::format("/v1/private/spans?project_name={}&page=1&size=100", any_project(random))); },
      holds(100)));
  out.push_back(time_reads(
      client, "newest_traces", 300,
      [&](std::mt19937_64& random) { return get(fmt::format("/v1/private/traces?project_name={}&page=1&size=100", any_project(random))); },
      holds(100)));
  out.push_back(time_reads(
      client, "spans_of_trace", 100,
      [&](std::mt19937_64&) {
        return get(fmt::format("/v1/private/spans?project_name=project%200&trace_id={}&page=1&size=1000", trace_id(kBigTrace)));
      },
      holds(kBigTraceSpans)));
  std::cout << fmt::format("{{{}}}\n", fmt::join(out, ","));
  return 0;
}

}  // namespace
}  // namespace opik::bench

int main(int argc, char** argv) {
  opik::bench::Options options;
  CLI::App app{"Load for opikd: writes spans, or times reads."};
  app.require_subcommand(1);
  app.add_option("--host", options.host, "address of the server");
  CLI::App* write = app.add_subcommand("write", "write spans and time it");
  CLI::App* rest = app.add_subcommand("write-rest", "write the traces of those spans, and two with 1,000 and 10,000 spans");
  CLI::App* read = app.add_subcommand("read", "time reads of what was written");
  CLI::App* ask = app.add_subcommand("ask", "time what people ask of what was written: filters, statistics, metrics");
  CLI::App* stream = app.add_subcommand("stream", "read every span by the search stream");
  for (CLI::App* command : {write, rest, read, ask, stream}) {
    command->add_option("--port", options.port, "port of the server");
    command->add_option("--spans", options.spans, "how many");
  }
  CLI::App* yardstick = app.add_subcommand("yardstick", "how fast this machine is just now (yardstick.h)");
  write->add_option("--first", options.first, "number of the first");
  write->add_option("--batch", options.batch, "spans a request");
  write->add_option("--rate", options.rate, "spans a second; as fast as they are taken if not given");
  write->add_option("--connections", options.connections, "at once");
  write->add_option("--encoding", options.encoding, "of the bodies")->check(CLI::IsMember({"identity", "gzip"}));
  write->add_option("--size", options.size, "2.3 KB or 10 KB a span")->check(CLI::IsMember({"usual", "large"}));
  write->add_flag("--single", options.single, "one POST a span");
  CLI11_PARSE(app, argc, argv);
  try {
    if (yardstick->parsed()) {
      fmt::print("{{\"us\":{:.3f}}}\n", opik::bench::yardstick_us());
      return 0;
    }
    if (write->parsed()) return opik::bench::write(options);
    if (rest->parsed()) return opik::bench::write_rest(options);
    if (ask->parsed()) return opik::bench::ask(options);
    return stream->parsed() ? opik::bench::stream(options) : opik::bench::read(options);
  } catch (const std::exception& error) {
    std::cerr << "opik-load: " << error.what() << "\n";
    return 1;
  }
}

// The cost of logging, for `make bench-sdk`:
//
//   opik-bench-sdk        a table: create + end of a span with 200 B in and 200 B out, on one thread and on two; allocations counted;
//                         the same with strings and a mutex; and spans per second, end to end, into a server that only says 204
//
// Bursts of 256 spans with a pause between them: a traced program logs, it does nothing else but log. The time of a burst divided by 256 is
// one sample, and the median of the samples the result. Allocations are those of the logging threads: operator new and malloc are
// counted here.

#include <opik/opik.h>

#include <dlfcn.h>
#include <sys/resource.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "null_server.h"

namespace {

thread_local uint64_t allocations = 0;

}  // namespace

extern "C" void* malloc(size_t bytes) {
  static auto* real = reinterpret_cast<void* (*)(size_t)>(dlsym(RTLD_NEXT, "malloc"));
  ++allocations;
  return real(bytes);
}

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kBurst = 256;
constexpr int kBursts = 600;
constexpr int kWarmBursts = 100;

struct Sample {
  double median_ns = 0;
  double p99_ns = 0;
  uint64_t allocations = 0;
};

template <class F>
Sample measure(F&& burst) {
  std::vector<double> ns;
  uint64_t counted = 0;
  for (int i = 0; i < kWarmBursts + kBursts; ++i) {
    const uint64_t before = allocations;
    const auto begin = Clock::now();
    burst();
    const auto end = Clock::now();
    if (i >= kWarmBursts) {
      ns.push_back(std::chrono::duration<double, std::nano>(end - begin).count() / kBurst);
      counted += allocations - before;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
  std::sort(ns.begin(), ns.end());
  return {ns[ns.size() / 2], ns[ns.size() * 99 / 100], counted};
}

template <class F>
std::vector<Sample> on_threads(int count, F&& make_burst) {
  std::vector<Sample> samples(static_cast<size_t>(count));
  std::vector<std::thread> threads;
  for (int t = 0; t < count; ++t) {
    threads.emplace_back([&, t] {
      auto burst = make_burst();
      samples[static_cast<size_t>(t)] = measure(burst);
    });
  }
  for (auto& thread : threads) thread.join();
  return samples;
}

// What a tracer without tapes does: a record of strings, and a vector under a lock.
struct PlainSpan {
  std::string id, trace_id, parent_id, name, input, output, start, end;
};
struct PlainTracer {
  std::mutex mutex;
  std::deque<PlainSpan> spans;
};

void print(const char* what, const std::vector<Sample>& samples) {
  for (const Sample& sample : samples) {
    std::printf("%-44s %7.1f ns median %8.1f ns p99 %9.2f allocations/span\n", what, sample.median_ns, sample.p99_ns,
                static_cast<double>(sample.allocations) / (kBurst * kBursts));
  }
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  const int end_to_end_spans = argc > 1 ? std::atoi(argv[1]) : 1'000'000;
  bench::NullServer server;
  opik::Config config;
  config.url_override = server.url();
  config.spool_mode = opik::SpoolMode::off;
  config.max_memory_mb = 1024;
  const std::string in(200, 'i');
  const std::string out(200, 'o');
  {
    opik::Client client(config);
    const opik::Trace trace = client.trace({.name = "bench"});
    const auto ours = [&] {
      return [&] {
        for (int i = 0; i < kBurst; ++i) {
          const opik::Span span = trace.span({.name = "step", .input = in});
          span.end({.output = out});
        }
      };
    };
    PlainTracer plain;
    const auto theirs = [&] {
      return [&] {
        for (int i = 0; i < kBurst; ++i) {
          PlainSpan span;
          span.id = opik::Id::make().text();
          span.trace_id = "01a202bd-f034-710b-a28e-04b888d1c5ac";
          span.name = "step";
          span.input = in;
          span.start = std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
          span.output = out;
          span.end = std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
          const std::lock_guard lock(plain.mutex);
          plain.spans.push_back(std::move(span));
          if (plain.spans.size() > 10'000) plain.spans.clear();
        }
      };
    };
    print("create + end, 1 thread", on_threads(1, ours));
    print("create + end, 2 threads", on_threads(2, ours));
    print("strings and a mutex, 1 thread", on_threads(1, theirs));
    print("strings and a mutex, 2 threads", on_threads(2, theirs));
  }

  opik::Client client(config);
  const opik::Trace trace = client.trace({.name = "bench"});
  const uint64_t already = client.stats().delivered;
  const double cpu = cpu_seconds();
  const auto begin = Clock::now();
  for (int i = 0; i < end_to_end_spans; ++i) {
    const opik::Span span = trace.span({.name = "step", .input = in});
    span.end({.output = out});
    // As fast as they are taken: a traced program does not log faster than it can be sent for long.
    if (i % 1024 == 0) {
      while (already + static_cast<uint64_t>(i) > client.stats().delivered + 100'000)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  const opik::FlushResult result = client.flush();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  const opik::Stats stats = client.stats();
  std::printf("end to end: %.0f spans/s (%d spans, %llu delivered, %llu rejected, %llu requests, %.2f s, %.2f cores of this process)\n",
              end_to_end_spans / seconds, end_to_end_spans, static_cast<unsigned long long>(stats.delivered),
              static_cast<unsigned long long>(stats.rejected), static_cast<unsigned long long>(stats.requests), seconds,
              (cpu_seconds() - cpu) / seconds);
  return result.pending == 0 ? 0 : 1;
}

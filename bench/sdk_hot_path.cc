// The C++ SDK's side of `make bench-sdk` (bench/sdk.py prints the table):
//
//   opik-bench-sdk hot                 create + end of a span with 200 B in and 200 B out, on one thread and on two, and the same with
//                                      strings and a mutex
//   opik-bench-sdk end_to_end SPANS    that span SPANS times, into a server that only says 204
//   opik-bench-sdk serve               that server alone, for others; until standard input ends
//
// Each prints one JSON object.
//
// Hot: bursts of 256 spans with a pause between them, for a traced program does not log all the time. Both programs take turns, burst by
// burst, so that both meet the same machine; the threads of a burst begin together. The time of a burst divided by 256 is one sample. A
// burst in which the kernel took the core away from a thread (an involuntary context switch), or in which two threads did not run side by
// side, says nothing of the program: it is counted and left out. Allocations are those of the logging threads: malloc is counted here.

#include <opik/opik.h>

#include <dlfcn.h>
#include <sched.h>
#include <sys/resource.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
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
constexpr int kRounds = 600;
constexpr int kWarmRounds = 100;

struct Burst {
  Clock::time_point begin;
  Clock::time_point end;
  bool preempted = false;
  uint64_t allocations = 0;

  double ns_per_span() const { return std::chrono::duration<double, std::nano>(end - begin).count() / kBurst; }
};

// What a tracer without tapes does at the least: a record that owns its texts, and a list under a lock, which another thread empties.
struct PlainSpan {
  opik::Id id, trace_id;
  std::string name, input, output;
  int64_t start_ns = 0, end_ns = 0;
};
class PlainTracer {
 public:
  PlainTracer() : collector_([this] { collect(); }) {}
  ~PlainTracer() {
    over_ = true;
    collector_.join();
  }
  void log(PlainSpan span) {
    const std::lock_guard lock(mutex_);
    spans_.push_back(std::move(span));
  }

 private:
  void collect() {
    while (!over_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      std::deque<PlainSpan> taken;
      const std::lock_guard lock(mutex_);
      taken.swap(spans_);
    }
  }

  std::mutex mutex_;
  std::deque<PlainSpan> spans_;
  std::atomic<bool> over_{false};
  std::thread collector_;
};

long involuntary_switches() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw;
}

// All threads leave wait() within a fraction of a microsecond, if they have cores: those that came first wait for the rest without
// sleeping, and only after a while let others run.
class StartLine {
 public:
  explicit StartLine(int threads) : threads_(threads) {}
  void wait(int round) {
    arrived_.fetch_add(1);
    const Clock::time_point patience = Clock::now() + std::chrono::milliseconds(1);
    while (arrived_.load() < threads_ * round) {
      if (Clock::now() > patience) sched_yield();
    }
  }

 private:
  const int threads_;
  std::atomic<int> arrived_{0};
};

// Each thread on a core of its own, as long as there are some.
void stay_on_core(size_t number) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(number % std::max(1U, std::thread::hardware_concurrency()), &cores);
  (void)sched_setaffinity(0, sizeof cores, &cores);
}

template <class F>
Burst run_burst(F&& log_one) {
  Burst burst;
  const uint64_t allocations_before = allocations;
  const long switches_before = involuntary_switches();
  burst.begin = Clock::now();
  for (int i = 0; i < kBurst; ++i) log_one();
  burst.end = Clock::now();
  burst.preempted = involuntary_switches() != switches_before;
  burst.allocations = allocations - allocations_before;
  return burst;
}

// By thread, then by round.
using Bursts = std::vector<std::vector<Burst>>;

// As {"min_ns":…}: of the rounds in which all threads ran side by side.
void print(const char* name, const Bursts& bursts) {
  std::vector<double> ns;
  uint64_t counted = 0;
  uint64_t samples = 0;
  for (size_t round = kWarmRounds; round < bursts[0].size(); ++round) {
    bool preempted = false;
    Clock::time_point begin = Clock::time_point::min();
    Clock::time_point end = Clock::time_point::max();
    Clock::duration longest{};
    for (const auto& thread : bursts) {
      const Burst& burst = thread[round];
      preempted = preempted || burst.preempted;
      begin = std::max(begin, burst.begin);
      end = std::min(end, burst.end);
      longest = std::max(longest, burst.end - burst.begin);
      counted += burst.allocations;
      ++samples;
    }
    if (preempted || end - begin < longest / 2) continue;
    for (const auto& thread : bursts) ns.push_back(thread[round].ns_per_span());
  }
  std::sort(ns.begin(), ns.end());
  const auto at = [&](size_t percent) { return ns.empty() ? 0 : ns[(ns.size() - 1) * percent / 100]; };
  std::printf(R"("%s":{"min_ns":%.1f,"median_ns":%.1f,"p99_ns":%.1f,"samples":%zu,"left_out":%zu,"allocations_per_span":%.3f})", name,
              at(0), at(50), at(99), ns.size(), samples - ns.size(), static_cast<double>(counted) / static_cast<double>(samples * kBurst));
}

opik::Config config_of(const bench::NullServer& server) {
  opik::Config config;
  config.url_override = server.url();
  config.spool_mode = opik::SpoolMode::off;
  config.max_memory_mb = 1024;
  return config;
}

const std::string kIn(200, 'i');
const std::string kOut(200, 'o');

void hot(int thread_count) {
  bench::NullServer server;
  const opik::Client client(config_of(server));
  const opik::Trace trace = client.trace({.name = "bench"});
  PlainTracer plain;
  const auto ours = [&] {
    const opik::Span span = trace.span({.name = "step", .input = kIn});
    span.end({.output = kOut});
  };
  const auto strings = [&] {
    PlainSpan span;
    span.id = opik::Id::make();
    span.trace_id = trace.id();
    span.name = "step";
    span.input = kIn;
    span.start_ns = std::chrono::system_clock::now().time_since_epoch().count();
    span.output = kOut;
    span.end_ns = std::chrono::system_clock::now().time_since_epoch().count();
    plain.log(std::move(span));
  };
  Bursts of_ours(static_cast<size_t>(thread_count));
  Bursts of_strings(static_cast<size_t>(thread_count));
  StartLine line(thread_count);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < of_ours.size(); ++t) {
    threads.emplace_back([&, t] {
      if (thread_count > 1) stay_on_core(t);
      for (int round = 0; round < kWarmRounds + kRounds; ++round) {
        line.wait(2 * round + 1);
        of_ours[t].push_back(run_burst(ours));
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        line.wait(2 * round + 2);
        of_strings[t].push_back(run_burst(strings));
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::printf("\"%d\":{", thread_count);
  print("ours", of_ours);
  std::printf(",");
  print("strings", of_strings);
  std::printf("}");
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int end_to_end(int spans) {
  bench::NullServer server;
  const opik::Client client(config_of(server));
  const opik::Trace trace = client.trace({.name = "bench"});
  (void)client.flush();
  const double cpu = cpu_seconds();
  const auto begin = Clock::now();
  for (int i = 0; i < spans; ++i) {
    const opik::Span span = trace.span({.name = "step", .input = kIn});
    span.end({.output = kOut});
    // As fast as they are taken: a traced program does not log faster than it can be sent for long.
    if (i % 1024 == 0) {
      while (static_cast<uint64_t>(i) > client.stats().delivered + 100'000) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  const opik::FlushResult result = client.flush();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  const opik::Stats stats = client.stats();
  std::printf(R"({"spans":%d,"seconds":%.3f,"cpu_seconds":%.3f,"delivered":%llu,"rejected":%llu,"requests":%llu})"
              "\n",
              spans, seconds, cpu_seconds() - cpu, static_cast<unsigned long long>(stats.delivered),
              static_cast<unsigned long long>(stats.rejected), static_cast<unsigned long long>(stats.requests));
  return result.ok() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "hot") {
    std::printf("{");
    hot(1);
    std::printf(",");
    hot(2);
    std::printf("}\n");
    return 0;
  }
  if (mode == "end_to_end" && argc > 2) return end_to_end(std::atoi(argv[2]));
  if (mode == "serve") {
    const bench::NullServer server;
    std::printf("{\"url\":\"%s\"}\n", server.url().c_str());
    std::fflush(stdout);
    while (std::getchar() != EOF) continue;
    return 0;
  }
  std::fprintf(stderr, "opik-bench-sdk: expected hot, end_to_end SPANS or serve\n");
  return 2;
}

// Many threads on many clients: creating, updating, ending and flushing, while the process forks.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "programs.h"

namespace programs {
namespace {

size_t thread_count() {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator{}));
}

Expectation log_one(const opik::Client& client, int64_t n) {
  const opik::Trace trace = client.trace({.name = "t", .input = {{"n", n}}});
  trace.update({.metadata = {{"n", n}}});
  trace.end({.output = {{"n", n}}});
  return {"traces", trace.id(), {{"name", "t"}, {"input", {{"n", n}}}, {"output", {{"n", n}}}, {"metadata", {{"n", n}}}}};
}

// In the child: what it logs itself is delivered, once, and nothing of the parent's.
[[noreturn]] void run_child(const opik::Client& client, int64_t first) {
  Expectations expected;
  for (int64_t n = first; n < first + 10; ++n) expected.add(log_one(client, n));
  const opik::FlushResult result = client.flush(std::chrono::seconds(60));
  expected.print();
  print_end(client.stats(), result);
  _exit(result.ok() ? 0 : 1);
}

}  // namespace

int threads(const Arguments& arguments) {
  const int64_t workers = arguments[0], records = arguments[1], clients = arguments[2], forks = arguments[3];
  std::vector<opik::Client> all;
  for (int64_t i = 0; i < clients; ++i) all.emplace_back(opik::Config{.project_name = "threads"});
  log_one(all[0], -1);  // so that the threads of the SDK run
  all[0].flush(std::chrono::seconds(60));
  const size_t threads_before = thread_count();

  Expectations expected;
  std::atomic<int64_t> done{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> running;
  for (int64_t w = 0; w < workers; ++w) {
    running.emplace_back([&, w] {
      for (int64_t i = 0; i < records; ++i) {
        const int64_t n = w * records + i;
        expected.add(log_one(all[static_cast<size_t>(n % clients)], n));
        if (i % 50 == 0) all[static_cast<size_t>(i % clients)].flush(std::chrono::milliseconds(i % 100));
      }
      ++done;
    });
  }
  running.emplace_back([&] {
    while (!stop) {
      all[0].flush(std::chrono::milliseconds(5));
      const opik::Stats stats = all[0].stats();
      if (stats.captured != stats.delivered + stats.rejected + stats.spooled + stats.pending) std::abort();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  });
  int failed = 0;
  for (int64_t f = 0; f < forks; ++f) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const pid_t child = fork();
    if (child == 0) run_child(all[static_cast<size_t>(f % clients)], 1'000'000 + f * 100);
    int status = 0;
    waitpid(child, &status, 0);
    failed += status != 0;
  }
  stop = true;
  for (std::thread& thread : running) thread.join();
  const opik::FlushResult result = all[0].flush(std::chrono::seconds(60));
  expected.print();
  std::printf("{\"sdk_threads\":%zu,\"failed_children\":%d}\n", threads_before - 1, failed);
  print_end(all[0].stats(), result);
  return 0;
}

}  // namespace programs

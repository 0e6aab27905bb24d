// A program that logs at a steady pace until its end, or that of its power; and the one that comes after it.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <thread>

#include "programs.h"

namespace programs {
namespace {

// On the clock that the test reads too.
int64_t now_us() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000LL + now.tv_nsec / 1000;
}

}  // namespace

// Each trace with a span, begun, updated and ended; "<trace id> <span id> <n> <when>" is printed when the last call has returned.
int stream(const Arguments& arguments) {
  opik::Client client({.project_name = "stream"});
  for (int64_t n = 0; n < arguments[0]; ++n) {
    const opik::Trace trace = client.trace({.name = "request", .input = {{"n", n}}});
    const opik::Span span = trace.span({.name = "step", .input = {{"n", n}}});
    if (n % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(arguments[1]));
    span.update({.metadata = {{"n", n}}});
    span.end({.output = {{"n", n}}});
    trace.end({.output = {{"n", n}}});
    std::printf("%s %s %lld %lld\n", trace.id().text().c_str(), span.id().text().c_str(), static_cast<long long>(n),
                static_cast<long long>(now_us()));
    std::fflush(stdout);
    std::this_thread::sleep_for(std::chrono::microseconds(arguments[1]));
  }
  if (arguments[2] >= 0) {
    const opik::FlushResult result = client.flush(std::chrono::milliseconds(arguments[2]));
    print_end(client.stats(), result);
  }
  const opik::FlushResult result = client.shutdown();
  print_end(client.stats(), result);
  return 0;
}

// Logs nothing: delivers what those before it left.
int drain(const Arguments& arguments) {
  const opik::Client client({.project_name = "stream"});
  const int64_t until = now_us() + arguments[0] * 1000;
  const int64_t nothing_left = now_us() + std::min<int64_t>(arguments[0] * 1000, 3'000'000);  // orphans are taken over at the start
  opik::FlushResult result;
  opik::Stats stats;
  do {
    result = client.flush(std::chrono::milliseconds(100));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    stats = client.stats();
  } while (stats.captured == 0 ? now_us() < nothing_left : now_us() < until && (stats.pending > 0 || stats.spooled > 0));
  print_end(client.stats(), result);
  return 0;
}

}  // namespace programs

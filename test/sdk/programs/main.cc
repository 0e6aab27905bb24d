// opik_sdk_programs NAME [NUMBER...]: runs one of the programs of programs.h.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "programs.h"

namespace programs {
namespace {

std::string stats_json(const opik::Stats& stats) {
  opik::Value value = {{"captured", stats.captured}, {"delivered", stats.delivered}, {"rejected", stats.rejected},
                       {"spooled", stats.spooled},   {"pending", stats.pending},     {"requests", stats.requests},
                       {"retries", stats.retries},   {"repaired", stats.repaired}};
  return value.text();
}

std::string flush_json(const opik::FlushResult& flush) {
  opik::Value reasons = opik::Value::array();
  for (const opik::Rejection& rejection : flush.reasons) {
    reasons.push({{"reason", rejection.reason}, {"count", rejection.count}, {"first", rejection.first.text()}});
  }
  opik::Value value = {{"delivered", flush.delivered}, {"pending", flush.pending}, {"rejected", flush.rejected},
                       {"spooled", flush.spooled},     {"reasons", reasons},       {"ok", flush.ok()}};
  return value.text();
}

}  // namespace

void Expectations::print() const {
  for (const Expectation& e : all_) {
    opik::Value line = {{"expect", e.kind}, {"id", e.id.text()}, {"fields", e.fields}, {"ended", e.ended}};
    if (*e.absent != '\0') line.set("absent", e.absent);
    std::printf("%s\n", line.text().c_str());
  }
}

void print_end(const opik::Stats& stats, const opik::FlushResult& flush) {
  std::printf("{\"stats\":%s,\"flush\":%s}\n", stats_json(stats).c_str(), flush_json(flush).c_str());
  std::fflush(stdout);
}

void pause(std::mt19937_64& random, int64_t max_us) {
  if (max_us <= 0 || random() % 3 == 0) return;
  std::this_thread::sleep_for(std::chrono::microseconds(random() % static_cast<uint64_t>(max_us)));
}

}  // namespace programs

int main(int count, char** words) {
  struct Program {
    const char* name;
    int (*run)(const programs::Arguments&);
    size_t arguments;
  };
  constexpr Program kPrograms[] = {{"brief", programs::brief, 5},     {"stream", programs::stream, 3}, {"drain", programs::drain, 1},
                                   {"threads", programs::threads, 4}, {"bad", programs::bad, 0},       {"attach", programs::attach, 1},
                                   {"last", programs::last, 1}};
  programs::Arguments arguments;
  for (int i = 2; i < count; ++i) arguments.push_back(std::strtoll(words[i], nullptr, 10));
  for (const Program& program : kPrograms) {
    if (count > 1 && std::strcmp(words[1], program.name) == 0 && arguments.size() == program.arguments) return program.run(arguments);
  }
  std::fprintf(stderr, "usage: opik_sdk_programs NAME [NUMBER...]: see programs.h\n");
  return 2;
}

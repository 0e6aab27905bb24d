#pragma once
// The programs under test: what a user's program does, driven by arguments, saying on standard output what it expects the server to
// hold. One JSON object a line:
//
//   {"expect":"spans","id":"…","fields":{…},"ended":true}     the row's fields; those in "absent" must not be there
//   {"stats":{…},"flush":{…}}                                 at the end: the client's counters and its last flush
//
// Where to send and how to spool comes from the environment, as for any program (OPIK_*).

#include <opik/opik.h>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace programs {

struct Expectation {
  const char* kind = "traces";  // or "spans"
  opik::Id id;
  opik::Value fields;
  bool ended = true;
  const char* absent = "";  // a field that must not be there
};

// What is expected, gathered from many threads and printed at the end.
class Expectations {
 public:
  void add(Expectation expectation) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(expectation));
  }
  void print() const;

 private:
  std::mutex mutex_;
  std::vector<Expectation> all_;
};

void print_end(const opik::Stats& stats, const opik::FlushResult& flush);

// 0 to `max_us` microseconds, often none.
void pause(std::mt19937_64& random, int64_t max_us);

// The arguments after the program's name; the exit code.
using Arguments = std::vector<int64_t>;
int brief(const Arguments& arguments);    // schedules threads clients seed pause_max_us
int stream(const Arguments& arguments);   // traces interval_us flush_ms
int drain(const Arguments& arguments);    // timeout_ms
int threads(const Arguments& arguments);  // threads records clients forks
int bad(const Arguments& arguments);      // (none)
int attach(const Arguments& arguments);   // bytes of the large file
int last(const Arguments& arguments);     // traces

}  // namespace programs

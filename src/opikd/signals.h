#pragma once
// SIGTERM and SIGINT: the first asks to stop, a second ends the process at once.
//
//   block_stop_signals();                    // first thing in main: every thread inherits it
//   ...
//   StopSignals signals([&] { server.stop(); });

#include <atomic>
#include <functional>
#include <thread>

namespace opik::opikd {

void block_stop_signals();

// When it is destroyed, the signals have their usual effect again: what comes after (the last commit) can still be cut short.
class StopSignals {
 public:
  // `stop` is called once, on a thread of this class.
  explicit StopSignals(std::function<void()> stop);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;

 private:
  void wait();

  std::function<void()> stop_;
  std::atomic<bool> ending_ = false;
  std::thread thread_;  // last: starts when everything above is there
};

}  // namespace opik::opikd

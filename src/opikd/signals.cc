#include "opikd/signals.h"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdlib>

namespace opik::opikd {

namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void block_stop_signals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

StopSignals::StopSignals(std::function<void()> stop) : stop_(std::move(stop)), thread_([this] { wait(); }) {}

StopSignals::~StopSignals() {
  ending_ = true;
  pthread_kill(thread_.native_handle(), SIGTERM);  // wakes wait()
  thread_.join();
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void StopSignals::wait() {
  const sigset_t set = stop_signals();
  for (bool stopping = false;;) {
    int signal = 0;
    if (sigwait(&set, &signal) != 0 || ending_) return;
    if (stopping) {
      spdlog::warn("second signal: ending at once signal={}", signal);
      std::_Exit(EXIT_FAILURE);
    }
    spdlog::info("stopping signal={}", signal);
    stopping = true;
    stop_();
  }
}

}  // namespace opik::opikd

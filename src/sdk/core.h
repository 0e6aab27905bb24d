#pragma once
// One Core per connection (server, workspace, key and the settings of delivery), shared by its clients and never destroyed, so that
// handles stay good for as long as the process lives. It owns the Engine, and after fork() a new one.
//
// Also what a thread of the program keeps for itself: its tapes, its ids, its context.

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include <opik/client.h>
#include <opik/context.h>

#include "sdk/channel.h"
#include "sdk/engine.h"
#include "sdk/ids.h"

namespace opik::sdk {

class Core {
 public:
  // The channel of a client with these settings, with one more client open on it.
  static detail::Channel* open_channel(const Settings& settings);
  // The same server, another project. Lock-free once known.
  static detail::Channel* with_project(detail::Channel* channel, std::string_view project) noexcept;

  // One client fewer. The connection's last one ends its threads.
  FlushResult close_channel(detail::Channel* channel, std::optional<std::chrono::milliseconds> timeout);

  FlushResult flush(std::optional<std::chrono::milliseconds> timeout);
  Engine& engine() noexcept { return *engine_.load(std::memory_order_acquire); }
  const Settings& settings() const { return settings_; }

  // What the end of the process does: delivers what all cores have, within their time, and spools the rest.
  static void shutdown_all();

 private:
  explicit Core(const Settings& settings);
  void ensure_started();
  static void before_fork();
  static void after_fork_in_parent();
  static void after_fork_in_child();
  friend struct Registry;
  friend class ThreadState;

  const Settings settings_;
  std::atomic<Engine*> engine_;
  std::atomic<int> clients_{0};
  std::mutex mutex_;  // of opening and closing
  std::vector<detail::Channel*> channels_;
};

// For tests and for programs that bring their own way to the server: used by cores made later.
void set_transport_factory(Engine::TransportFactory factory);

// Trivially destructible and constant-initialised, so that reading it costs no check, and it is there for destructors of other
// thread-locals and of statics.
class ThreadState {
 public:
  // The tape for this core, in the engine of this process. Null: no memory.
  ThreadTape* tape(Core* core) noexcept {
    if (core == core_ && generation_ == current_generation.load(std::memory_order_relaxed)) [[likely]]
      return tape_;
    return find_tape(core);
  }
  // After the thread's own destructors ran every call has a tape of its own.
  void done(ThreadTape* tape) noexcept {
    if (over_) [[unlikely]]
      finish(tape);
  }
  base::Uuid new_id(int64_t wall_ns) noexcept {
    if (ids_generation_ != current_generation.load(std::memory_order_relaxed)) [[unlikely]]
      reseed();
    return ids_.next(wall_ns);
  }

  Context context;

  static std::atomic<uint32_t> current_generation;  // raised by fork() in the child

 private:
  struct Keeper;
  ThreadTape* find_tape(Core* core) noexcept;
  void finish(ThreadTape* tape) noexcept;
  void reseed() noexcept;

  Core* core_ = nullptr;
  ThreadTape* tape_ = nullptr;
  uint32_t generation_ = 0;
  uint32_t ids_generation_ = 0;
  bool over_ = false;
  IdSource ids_;
};

extern thread_local constinit ThreadState thread_state __attribute__((tls_model("initial-exec")));

}  // namespace opik::sdk

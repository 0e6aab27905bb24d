#include "sdk/core.h"

#include <pthread.h>
#include <algorithm>
#include <cstdlib>

#include "sdk/log.h"
#include "sdk/text.h"

namespace opik::sdk {
namespace {

// Everything that two clients must have in common to share their threads.
bool same_connection(const Settings& a, const Settings& b) {
  return a.base_url == b.base_url && a.workspace == b.workspace && a.api_key == b.api_key && a.batching == b.batching &&
         a.check_tls_certificate == b.check_tls_certificate && a.enable_json_request_compression == b.enable_json_request_compression &&
         a.flush_interval == b.flush_interval && a.request_timeout == b.request_timeout && a.batch_items_max == b.batch_items_max &&
         a.batch_bytes_max == b.batch_bytes_max && a.background_workers == b.background_workers && a.max_memory_mb == b.max_memory_mb &&
         a.spool_mode == b.spool_mode && a.spool_dir == b.spool_dir && a.max_spool_mb == b.max_spool_mb && a.proxy == b.proxy &&
         a.ca_file == b.ca_file;
}

uint64_t threshold(double rate) {
  if (!(rate < 1)) return UINT64_MAX;
  return rate <= 0 ? 0 : static_cast<uint64_t>(rate * 18'446'744'073'709'551'616.0);
}

}  // namespace

// All cores of the process. Never destroyed: destructors of statics may still log.
struct Registry {
  std::mutex mutex;
  std::vector<Core*> cores;
  Engine::TransportFactory make_transport = curl_transport_of;
  bool prepared = false;  // the handlers of fork and exit are in place
};
static Registry& registry() {
  static auto* forever = new Registry;
  return *forever;
}

void set_transport_factory(Engine::TransportFactory factory) {
  const std::lock_guard lock(registry().mutex);
  registry().make_transport = std::move(factory);
}

Core::Core(const Settings& settings) : settings_(settings), engine_(new Engine(settings, registry().make_transport)) {}

detail::Channel* Core::open_channel(const Settings& settings) {
  start_ticks();
  Registry& all = registry();
  Core* core = nullptr;
  bool prepared;
  {
    const std::lock_guard lock(all.mutex);
    const auto found = std::find_if(all.cores.begin(), all.cores.end(), [&](Core* c) { return same_connection(c->settings_, settings); });
    if (found != all.cores.end()) {
      core = *found;
    } else {
      core = new Core(settings);
      all.cores.push_back(core);
    }
    prepared = std::exchange(all.prepared, true);
  }
  const std::lock_guard lock(core->mutex_);
  const uint64_t below = threshold(settings.sample_rate);
  const bool warns = settings.batching && !settings.suppress_batching_update_warning;
  detail::Channel* channel = nullptr;
  for (detail::Channel* other : core->channels_) {
    if (other->project == settings.project_name && other->sample_below == below && other->warns == warns) channel = other;
  }
  if (channel == nullptr) {
    channel = new detail::Channel;
    channel->core = core;
    channel->project = settings.project_name;
    append_json_string(channel->project_json, channel->project);
    channel->sample_below = below;
    channel->warns = warns;
    channel->eager = !settings.batching;
    channel->root = channel;
    core->channels_.push_back(channel);
  }
  channel->clients.fetch_add(1);
  core->clients_.fetch_add(1);
  core->engine().start();
  // After the transports, and with them libcurl and its TLS, so that ours runs before their handlers.
  if (!prepared) {
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    std::atexit(shutdown_all);
  }
  return channel;
}

detail::Channel* Core::with_project(detail::Channel* channel, std::string_view project) noexcept {
  if (project.empty() || project == channel->project) return channel;
  detail::Channel* root = channel->root;
  if (project == root->project) return root;
  detail::Channel* first = root->next.load(std::memory_order_acquire);
  for (detail::Channel* other = first; other != nullptr; other = other->next.load(std::memory_order_acquire)) {
    if (other->project == project) return other;
  }
  try {
    auto* made = new detail::Channel;
    made->core = root->core;
    made->project = project;
    append_json_string(made->project_json, project);
    made->sample_below = root->sample_below;
    made->warns = root->warns;
    made->eager = root->eager;
    made->root = root;
    made->next.store(first, std::memory_order_relaxed);
    // Two threads may add one project at once: then it is there twice, to no harm.
    while (!root->next.compare_exchange_weak(first, made, std::memory_order_release, std::memory_order_relaxed))
      made->next.store(first, std::memory_order_relaxed);
    return made;
  } catch (...) {
    return channel;
  }
}

FlushResult Core::close_channel(detail::Channel* channel, std::optional<std::chrono::milliseconds> timeout) {
  ensure_started();
  const auto wait = timeout ? *timeout : settings_.exit_flush_timeout;
  const bool last = clients_.load() == 1;
  FlushResult result = engine().flush(wait, last);
  const std::lock_guard lock(mutex_);
  channel->clients.fetch_sub(1);
  if (clients_.fetch_sub(1) != 1) return result;
  const uint64_t delivered = result.delivered;
  engine().stop();
  FlushResult end = engine().flush(std::chrono::milliseconds(0), true);
  end.delivered += delivered;
  end.rejected += result.rejected;
  end.reasons.insert(end.reasons.begin(), result.reasons.begin(), result.reasons.end());
  return end;
}

FlushResult Core::flush(std::optional<std::chrono::milliseconds> timeout) {
  ensure_started();
  return engine().flush(timeout ? timeout : settings_.default_flush_timeout, false);
}

// In a forked child the threads are missing until something is logged or flushed.
void Core::ensure_started() {
  const std::lock_guard lock(mutex_);
  if (clients_.load() > 0) engine().start();
}

// --- fork and exit ---

void Core::before_fork() {
  registry().mutex.lock();
  for (Core* core : registry().cores) {
    core->mutex_.lock();
    core->engine().hold();
  }
}

void Core::after_fork_in_parent() {
  for (Core* core : registry().cores) {
    core->engine().let_go();
    core->mutex_.unlock();
  }
  registry().mutex.unlock();
}

// The child begins with nothing to deliver: what was logged before the fork is the parent's. The parent's engine is left as it is: its
// threads do not exist here, and what they were about to do is not to be undone.
void Core::after_fork_in_child() {
  ThreadState::current_generation.fetch_add(1);
  for (Core* core : registry().cores) {
    core->engine().abandon();
    core->engine_.store(new Engine(core->settings_, registry().make_transport), std::memory_order_release);
    core->mutex_.unlock();
  }
  registry().mutex.unlock();
}

// For clients that are never destroyed.
void Core::shutdown_all() {
  std::vector<Core*> cores;
  {
    const std::lock_guard lock(registry().mutex);
    cores = registry().cores;
  }
  for (Core* core : cores) {
    if (core->clients_.load() == 0) continue;
    (void)core->engine().flush(core->settings_.exit_flush_timeout, true);
    for (detail::Channel* channel : core->channels_) channel->clients.store(0);
    core->clients_.store(0);
    core->engine().stop();
  }
}

// --- threads ---

thread_local constinit ThreadState thread_state;
std::atomic<uint32_t> ThreadState::current_generation{1};

// Lives beside thread_state: tells the owner that the tapes will not be written any more.
struct ThreadState::Keeper {
  struct Entry {
    Core* core;
    uint32_t generation;
    ThreadTape* tape;
  };
  std::vector<Entry> entries;

  ~Keeper() {
    thread_state.over_ = true;
    thread_state.core_ = nullptr;
    const uint32_t generation = current_generation.load();
    for (const Entry& entry : entries) {
      if (entry.generation == generation) entry.tape->finished.store(true, std::memory_order_release);
    }
  }
};

ThreadTape* ThreadState::find_tape(Core* core) noexcept {
  const uint32_t generation = current_generation.load();
  if (generation > 1) core->ensure_started();
  if (over_) return core->engine().tapes().add();
  static thread_local Keeper keeper;
  const auto use = [&](ThreadTape* tape) {
    core_ = core;
    tape_ = tape;
    generation_ = generation;
    return tape;
  };
  for (const Keeper::Entry& entry : keeper.entries) {
    if (entry.core == core && entry.generation == generation) return use(entry.tape);
  }
  try {
    std::erase_if(keeper.entries, [&](const Keeper::Entry& entry) { return entry.generation != generation; });
    keeper.entries.reserve(keeper.entries.size() + 1);
  } catch (...) {
    return nullptr;
  }
  ThreadTape* tape = core->engine().tapes().add();
  if (tape == nullptr) return nullptr;
  keeper.entries.push_back({core, generation, tape});
  return use(tape);
}

void ThreadState::finish(ThreadTape* tape) noexcept { tape->finished.store(true, std::memory_order_release); }

void ThreadState::reseed() noexcept {
  ids_.seed();
  ids_generation_ = current_generation.load();
}

}  // namespace opik::sdk

#include <opik/client.h>

#include <atomic>
#include <mutex>
#include <utility>

#include "sdk/emit.h"
#include "sdk/log.h"

namespace opik {
namespace {

constexpr int kAsConfigured = -1;
std::atomic<int> tracing{kAsConfigured};
std::atomic<bool> track_disabled{false};  // by a client's configuration

std::mutex global_mutex;
std::atomic<Client*> global{nullptr};

}  // namespace

using sdk::HandleAccess;
using sdk::Kind;
using sdk::Method;
using sdk::Op;

void set_tracing_active(bool active) noexcept { tracing.store(active ? 1 : 0, std::memory_order_relaxed); }
bool is_tracing_active() noexcept {
  const int set = tracing.load(std::memory_order_relaxed);
  return set == kAsConfigured ? !track_disabled.load(std::memory_order_relaxed) : set == 1;
}

Client::Client(const Config& config) noexcept {
  try {
    const sdk::Settings settings = sdk::load_settings(config, sdk::Environment::of_process());
    for (const std::string& warning : settings.warnings) sdk::log_line(LogLevel::warning, warning);
    if (settings.track_disable) track_disabled.store(true);
    channel_ = sdk::Core::open_channel(settings);
  } catch (const std::exception& failure) {
    sdk::log_line(LogLevel::error, std::string_view(failure.what()));
    sdk::log_line(LogLevel::error, "the client could not be made and records nothing");
  }
}

Client::~Client() {
  if (open_) (void)shutdown();
}

Client::Client(Client&& other) noexcept : channel_(std::exchange(other.channel_, nullptr)), open_(std::exchange(other.open_, false)) {}
Client& Client::operator=(Client&& other) noexcept {
  if (this == &other) return *this;
  if (open_) (void)shutdown();
  channel_ = std::exchange(other.channel_, nullptr);
  open_ = std::exchange(other.open_, false);
  return *this;
}

Trace Client::trace(const TraceData& data) const noexcept { return sdk::begin_trace(channel_, data); }

Span Client::span(const SpanData& data) const noexcept {
  if (channel_ == nullptr) return {};
  if (data.trace_id && !data.trace_id.valid()) return sdk::refuse(channel_, data.trace_id, "trace_id is not a version 7 UUID"), Span();
  if (data.trace_id) {
    sdk::Channel* channel = sdk::is_sampled(channel_, data.trace_id) ? channel_ : nullptr;
    return sdk::begin_span({channel, data.trace_id, data.parent_span_id}, data);
  }
  TraceData root;
  root.name = data.name;
  root.start_time = data.start_time;
  root.end_time = data.end_time;
  root.input = data.input;
  root.output = data.output;
  root.metadata = data.metadata;
  root.tags = data.tags;
  root.error_info = data.error_info;
  root.project_name = data.project_name;
  return trace(root).span(data);
}

void Client::update_trace(const TraceData& data) const noexcept {
  if (channel_ == nullptr) return;
  if (!data.id.valid()) return sdk::refuse(channel_, data.id, "update_trace: id is not a version 7 UUID");
  if (!sdk::is_sampled(channel_, data.id)) return;
  sdk::Channel* channel = sdk::Core::with_project(channel_, data.project_name);
  sdk::update_trace(HandleAccess::trace(channel, data.id), data, Op::update, Method::update_trace);
}

void Client::update_span(const SpanData& data) const noexcept {
  if (channel_ == nullptr) return;
  if (!data.id.valid() || !data.trace_id.valid())
    return sdk::refuse(channel_, data.id, "update_span: id or trace_id is not a version 7 UUID");
  if (!sdk::is_sampled(channel_, data.trace_id)) return;
  sdk::Channel* channel = sdk::Core::with_project(channel_, data.project_name);
  sdk::update_span(HandleAccess::span(channel, data.trace_id, data.parent_span_id, data.id), data, Op::update, Method::update_span);
}

void Client::log_scores(int kind, const Score* scores, size_t count) const noexcept {
  static constexpr Kind kKindOf[] = {Kind::trace_score, Kind::span_score, Kind::thread_score};
  for (size_t i = 0; i < count; ++i) sdk::log_score(channel_, kKindOf[kind], scores[i]);
}

void Client::add_anonymizer(std::function<void(AnonymizedField, std::string& text)> rewrite) {
  if (channel_ != nullptr) channel_->core->engine().add_anonymizer(std::move(rewrite));
}

FlushResult Client::flush(std::optional<std::chrono::milliseconds> timeout) const {
  return channel_ == nullptr ? FlushResult{} : channel_->core->flush(timeout);
}

FlushResult Client::shutdown(std::optional<std::chrono::milliseconds> timeout) {
  if (channel_ == nullptr) return {};
  sdk::Channel* channel = channel_;
  if (!open_) return channel->core->flush(std::chrono::milliseconds(0));
  open_ = false;
  return channel->core->close_channel(channel, timeout);
}

Stats Client::stats() const { return channel_ == nullptr ? Stats{} : channel_->core->engine().stats(); }

const std::string& Client::project_name() const noexcept {
  static const auto& none = *new std::string;  // lives on: the process may be ending
  return channel_ == nullptr ? none : channel_->project;
}

void shutdown_all() noexcept { sdk::Core::shutdown_all(); }

// Never destroyed: the exit handler delivers what is left.
Client& global_client() noexcept {
  if (Client* client = global.load(std::memory_order_acquire)) return *client;
  const std::lock_guard lock(global_mutex);
  if (global.load() == nullptr) global.store(new Client(), std::memory_order_release);
  return *global.load();
}

void set_global_client(Client client) noexcept {
  const std::lock_guard lock(global_mutex);
  global.store(new Client(std::move(client)), std::memory_order_release);
}

}  // namespace opik

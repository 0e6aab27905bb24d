#include "sdk/engine.h"

#include <pthread.h>
#include <algorithm>
#include <utility>

#include "sdk/log.h"

namespace opik::sdk {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds kTick{5};       // between two looks at the tapes while there is something to do
constexpr milliseconds kIdleTick{50};  // and when nothing happened for kIdleAfter
constexpr int64_t kIdleAfterUs = 1'000'000;
constexpr size_t kSaveBytes = 64 << 20;  // written in one commit
constexpr size_t kReasonsTold = 64;      // different ones, in the log
constexpr size_t kRestingMax = 16;       // requests that wait to be tried again, besides those in flight

int64_t now_us() { return wall_ns(read_ticks()) / 1000; }

Id public_id(const base::Uuid& id) {
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), id.bytes().data(), 16);
  return Id(bytes);
}

Queue::Limits limits_of(const Settings& settings) {
  const size_t items = std::clamp<size_t>(settings.batch_items_max, 1, 1000);
  if (!settings.batching) return {.items_max = 1, .bytes_max = settings.batch_bytes_max, .wait_us = 0};
  // A batch in flight cannot be spilled, so it must not be most of the memory.
  const size_t bytes = std::min(settings.batch_bytes_max, (std::max<size_t>(settings.max_memory_mb, 2) << 20) / 8);
  return {.items_max = items, .bytes_max = bytes, .wait_us = microseconds(settings.flush_interval).count()};
}

// Half of the memory is for tapes, half for the queue.
size_t half_of_memory(const Settings& settings) { return std::max<size_t>(settings.max_memory_mb, 2) * (1 << 20) / 2; }

}  // namespace

Engine::Engine(const Settings& settings, TransportFactory make_transport)
    : settings_(settings),
      make_transport_(std::move(make_transport)),
      limits_(limits_of(settings)),
      queue_bytes_max_(half_of_memory(settings)),
      tapes_(static_cast<int64_t>(half_of_memory(settings))),
      queue_(settings.spool_mode == SpoolMode::always),
      reading_(queue_) {}

Engine::~Engine() { stop(); }

void Engine::start() {
  const std::lock_guard life(life_mutex_);
  if (owner_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = senders_stop_ = false;
    running_ = true;
  }
  spool_due_us_ = adopt_due_us_ = gate_us_ = 0;
  transports_.clear();
  for (size_t i = 0; i < std::clamp<size_t>(settings_.background_workers, 1, 32); ++i) transports_.push_back(make_transport_(settings_));
  for (const auto& transport : transports_) {
    senders_.emplace_back([this, &transport] {
      pthread_setname_np(pthread_self(), "opik-sender");
      send_loop(*transport);
    });
  }
  owner_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "opik-owner");
    run();
  });
}

void Engine::stop() {
  const std::lock_guard life(life_mutex_);
  if (!owner_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    owner_wakes_.notify_one();
  }
  owner_.join();
  const std::lock_guard lock(mutex_);
  running_ = false;
  flushes_wake_.notify_all();
}

void Engine::add_anonymizer(Anonymizer rewrite) {
  const std::lock_guard lock(mutex_);
  new_anonymizers_.push_back(std::move(rewrite));
}

void Engine::hold() {
  life_mutex_.lock();
  step_mutex_.lock();
  mutex_.lock();
  tapes_.mutex().lock();
}

void Engine::let_go() {
  tapes_.mutex().unlock();
  mutex_.unlock();
  step_mutex_.unlock();
  life_mutex_.unlock();
}

void Engine::abandon() {
  if (spool_) spool_->abandon_in_child();
}

// --- the owner thread ---

void Engine::run() {
  for (;;) {
    Requests results;
    std::vector<Anonymizer> added;
    bool stopping;
    {
      std::unique_lock lock(mutex_);
      const bool idle = settings_.batching && now_us() - busy_us_ > kIdleAfterUs;
      owner_wakes_.wait_for(lock, idle ? kIdleTick : kTick, [&] { return woken_.load() || stopping_ || !results_.empty(); });
      woken_.store(false);
      stopping = stopping_;
      for (Waiting& flush : waiting_) flush.seen = true;
      results = std::exchange(results_, {});
      added = std::exchange(new_anonymizers_, {});
    }
    const std::lock_guard step_lock(step_mutex_);
    step(std::move(results), std::move(added));
    if (stopping) break;
  }
  finish();
}

void Engine::step(Requests results, std::vector<Anonymizer> added) {
  calibrate();
  for (Anonymizer& rewrite : added) reading_.add_anonymizer(std::move(rewrite));
  if (!results.empty()) busy_us_ = now_us();
  for (auto& request : results) conclude(std::move(request), false);
  if (tapes_.drain([&](std::string_view call) { reading_.read(call); }) > 0) busy_us_ = now_us();
  for (uint64_t n = lost_.exchange(0, std::memory_order_relaxed); n > 0; --n) queue_.refuse({}, "memory budget: the call was not taken");
  for (uint64_t n = late_.exchange(0, std::memory_order_relaxed); n > 0; --n) queue_.refuse({}, "logged after shutdown");
  warn_foreign();
  {
    const std::lock_guard lock(mutex_);
    for (Waiting& flush : waiting_) {
      if (flush.begun || !flush.seen) continue;
      flush.begun = true;
      flush.epoch = queue_.close_epoch();
    }
  }
  keep_spool();
  keep_memory();
  dispatch();
  publish(true);
}

// The end of the owner thread: what can be sent no more goes to the spool.
void Engine::finish() {
  {
    const std::lock_guard lock(mutex_);
    senders_stop_ = true;
    senders_wake_.notify_all();
  }
  for (const auto& transport : transports_) transport->abort();
  for (std::thread& sender : senders_) sender.join();
  const std::lock_guard step_lock(step_mutex_);
  senders_.clear();
  transports_.clear();
  Requests left = std::move(resting_);
  resting_.clear();
  {
    const std::lock_guard lock(mutex_);
    std::move(results_.begin(), results_.end(), std::back_inserter(left));
    std::move(to_send_.begin(), to_send_.end(), std::back_inserter(left));
    results_.clear();
    to_send_.clear();
  }
  for (auto& request : left) conclude(std::move(request), true);
  in_flight_ = 0;
  tapes_.drain([&](std::string_view call) { reading_.read(call); });
  if (spool_) {
    queue_.save_all();
    for (;;) {
      const std::vector<Item> items = queue_.take_unsaved(kSaveBytes);
      if (items.empty()) break;
      const uint64_t failed = spool_->counters().failed_records;
      append(items, false);
      if (spool_->counters().failed_records != failed) break;
    }
    for (const SpoolAck& ack : queue_.take_acks()) spool_->ack(static_cast<uint8_t>(ack.kind), ack.id, static_cast<uint64_t>(ack.version));
    (void)spool_->commit();
    queue_.leave_to_spool();
    spool_.reset();
  }
  queue_.shed(0, "not delivered when the process ended, and there was no spool");
  publish(true);
}

void Engine::conclude(std::unique_ptr<Request> request, bool stopping) {
  if (in_flight_ > 0) --in_flight_;
  const Verdict& verdict = request->verdict;
  const std::vector<Item>& items = request->batch.items;
  if (request->attempts > 0 && verdict.action == Action::delivered) {
    ++deliveries_;
    told_outage_ = false;
    gate_us_ = 0;
    accepts_zstd_ = accepts_zstd_ || request->accepts_zstd;
    size_t named = 0;
    for (size_t i = 0; i < items.size(); ++i) {
      if (named < verdict.rejected.size() && verdict.rejected[named].index == i)
        queue_.rejected(items[i], verdict.rejected[named++].reason);
      else
        queue_.delivered(items[i]);
    }
    return;
  }
  if (request->attempts > 0 && verdict.action == Action::reject) {
    for (const Item& item : items) queue_.rejected(item, verdict.reason);
    return;
  }
  conclude_failed(std::move(request), stopping);
}

void Engine::conclude_failed(std::unique_ptr<Request> request, bool stopping) {
  const std::vector<Item>& items = request->batch.items;
  if (stopping) {
    for (auto item = items.rbegin(); item != items.rend(); ++item) queue_.released(*item);
    return;
  }
  const Verdict& verdict = request->verdict;
  const int64_t until = now_us() + microseconds(verdict.wait).count();
  ++retries_;
  switch (verdict.action) {
    case Action::split:
      return split(*request);
    case Action::lower_encoding:
      accepts_zstd_ = false;
      request->encoding = request->encoding == Encoding::zstd ? Encoding::gzip : Encoding::identity;
      request->http = {};
      break;
    default:
      request->not_before_us = until;
      if (request->outage || verdict.action == Action::pause) {
        gate_us_ = std::max(gate_us_, until);
        if (!std::exchange(told_outage_, true)) log_line(LogLevel::warning, "cannot deliver now, will go on trying: " + verdict.reason);
      }
      if (settings_.spool_mode == SpoolMode::on_failure) {
        for (const Item& item : items) queue_.save(item);
      }
  }
  resting_.push_back(std::move(request));
}

void Engine::split(const Request& request) {
  const std::vector<Item>& items = request.batch.items;
  const auto middle = items.begin() + static_cast<std::ptrdiff_t>((items.size() + 1) / 2);
  for (const auto& [begin, end] : {std::pair(items.begin(), middle), std::pair(middle, items.end())}) {
    if (begin == end) continue;
    auto half = std::make_unique<Request>();
    half->batch = {request.batch.kind, request.batch.whole, {begin, end}};
    half->encoding = request.encoding;
    half->deliveries_before = deliveries_;
    resting_.push_back(std::move(half));
  }
}

// What rested long enough goes first, then what the queue has.
void Engine::dispatch() {
  const int64_t now = now_us();
  if (now < gate_us_) return;
  const size_t in_flight_max = 2 * transports_.size();  // one with each sender and one that waits for it
  for (size_t i = 0; i < resting_.size() && in_flight_ < in_flight_max;) {
    if (resting_[i]->not_before_us > now) {
      ++i;
      continue;
    }
    hand_over(std::move(resting_[i]));
    resting_.erase(resting_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  bool hurry = false;
  {
    const std::lock_guard lock(mutex_);
    for (const Waiting& flush : waiting_) hurry = hurry || (flush.begun && !flush.done);
  }
  while (in_flight_ < in_flight_max && resting_.size() < kRestingMax) {
    std::optional<Batch> batch = queue_.take(limits_, now, hurry);
    if (!batch) return;
    auto request = std::make_unique<Request>();
    request->batch = std::move(*batch);
    request->deliveries_before = deliveries_;
    request->encoding = !settings_.enable_json_request_compression ? Encoding::identity : accepts_zstd_ ? Encoding::zstd : Encoding::gzip;
    hand_over(std::move(request));
  }
}

void Engine::hand_over(std::unique_ptr<Request> request) {
  ++request->attempts;
  ++requests_;
  ++in_flight_;
  request->others_delivered = deliveries_ > request->deliveries_before;
  const std::lock_guard lock(mutex_);
  to_send_.push_back(std::move(request));
  senders_wake_.notify_one();
}

void Engine::warn_foreign() {
  static constexpr const char* kNames[] = {"Client.update_span()", "Client.update_trace()", "Span.end()",
                                           "Span.update()",        "Trace.end()",           "Trace.update()"};
  static std::atomic<bool> told[std::size(kNames)];
  // Only opikd says that it takes zstd, and there an update cannot be lost. Before the first answer it is not known whose server it is.
  if (deliveries_ == 0) return;
  if (accepts_zstd_) return void(reading_.take_foreign());
  for (const Method method : reading_.take_foreign()) {
    const auto which = static_cast<size_t>(method);
    if (told[which].exchange(true)) continue;
    log_line(LogLevel::warning,
             std::string("Calling ") + kNames[which] +
                 " shortly after creation with batching enabled may cause data loss. See "
                 "https://www.comet.com/docs/opik/tracing/batching_and_updates for details and recommended alternatives.");
  }
}

// --- what others see ---

void Engine::publish(bool drained) {
  const QueueCounters& counters = queue_.counters();
  const bool down = now_us() < gate_us_ && spool_ != nullptr;
  std::map<std::string, RejectionCount> reasons = queue_.take_reasons();
  for (const auto& [reason, rejection] : reasons) {
    if (told_reasons_.size() >= kReasonsTold || !told_reasons_.insert(reason).second) continue;
    log_line(LogLevel::error, "not delivered, and given up: " + reason + " (the first of them: " + public_id(rejection.first).text() + ")");
  }
  const std::lock_guard lock(mutex_);
  stats_ = {counters.captured, counters.delivered, counters.rejected, counters.spooled,
            counters.pending,  requests_,          retries_,          reading_.repaired()};
  for (const auto& [reason, rejection] : reasons) {
    RejectionCount& all = reasons_[reason];
    if (all.count == 0) all.first = rejection.first;
    all.count += rejection.count;
  }
  if (!drained) return;
  for (Waiting& flush : waiting_) {
    if (!flush.begun) continue;
    flush.pending = queue_.pending_until(flush.epoch);
    flush.done = flush.pending == 0 || (flush.at_exit && down);
  }
  flushes_wake_.notify_all();
}

FlushResult Engine::flush(std::optional<milliseconds> timeout, bool at_exit) {
  std::unique_lock lock(mutex_);
  Waiting& mine = waiting_.emplace_back();
  const auto place = std::prev(waiting_.end());
  mine.at_exit = at_exit;
  mine.delivered_before = stats_.delivered;
  if (running_ && std::this_thread::get_id() != owner_.get_id()) {
    woken_ = true;
    owner_wakes_.notify_one();
    const auto over = [&] { return mine.done || !running_; };
    const auto seen = [&] { return mine.begun || !running_; };
    if (!timeout)
      flushes_wake_.wait(lock, over);
    else if (timeout->count() <= 0)
      flushes_wake_.wait_for(lock, kIdleTick, seen);
    else
      flushes_wake_.wait_for(lock, std::min<milliseconds>(*timeout, std::chrono::hours(24 * 365)), over);
  }
  FlushResult result;
  result.delivered = stats_.delivered - mine.delivered_before;
  result.pending = mine.begun ? mine.pending : stats_.pending;
  result.rejected = stats_.rejected - rejected_reported_;
  rejected_reported_ = stats_.rejected;
  result.spooled = stats_.spooled;
  for (const auto& [reason, rejection] : reasons_) result.reasons.push_back({reason, rejection.count, public_id(rejection.first)});
  reasons_.clear();
  waiting_.erase(place);
  return result;
}

Stats Engine::stats() {
  const std::lock_guard lock(mutex_);
  Stats stats = stats_;
  const uint64_t unseen = late_.load(std::memory_order_relaxed) + lost_.load(std::memory_order_relaxed);
  stats.captured += unseen;
  stats.rejected += unseen;
  return stats;
}

}  // namespace opik::sdk

// The owner thread's dealings with memory and disk.

#include <algorithm>

#include "sdk/engine.h"
#include "sdk/log.h"

namespace opik::sdk {
namespace {

constexpr int64_t kCommitUs = 50'000;  // between two commits: what is older survives kill -9 in SpoolMode::always
constexpr int64_t kAdoptUs = 60'000'000;
constexpr size_t kSaveBytes = 64 << 20;   // written in one commit
constexpr size_t kReplayBytes = 4 << 20;  // read back in one step
constexpr size_t kSpillShare = 4;         // that part of the memory is freed at once
constexpr size_t kKeptShare = 8;          // delivered records are remembered in that part

int64_t now_us() { return wall_ns(read_ticks()) / 1000; }
uint8_t spool_kind(Kind kind) { return static_cast<uint8_t>(kind); }

}  // namespace

void Engine::open_spool() {
  if (spool_ || settings_.spool_mode == SpoolMode::off || settings_.spool_dir.empty() || told_spool_) return;
  auto opened = Spool::open({.root = settings_.spool_dir,
                             .destination = settings_.base_url + '|' + settings_.workspace,
                             .bytes_max = uint64_t{settings_.max_spool_mb} << 20});
  if (opened) {
    spool_ = std::move(*opened);
    return;
  }
  told_spool_ = true;
  log_line(LogLevel::warning, "no spool, so what cannot be sent is kept in memory only: " + opened.error().message);
}

// Puts items on disk. What the disk does not take is unsaved again; of spilled items the queue gets the records back.
void Engine::append(const std::vector<Item>& items, bool replay) {
  std::vector<const Item*> written;
  for (const Item& item : items) {
    SpoolRecord record{.kind = spool_kind(item.key.kind),
                       .replaces = item.whole && (item.key.kind == Kind::trace || item.key.kind == Kind::span),
                       .version = static_cast<uint64_t>(item.version),
                       .id = item.key.id,
                       .payload = pack_item(item)};
    if (spool_->append(std::move(record), replay))
      written.push_back(&item);
    else if (replay)
      queue_.restore(item.key, *item.row, item.version, item.whole);
    else
      queue_.unsaved(item, false);  // too large for the spool
  }
  const base::Result<void> committed = spool_->commit();
  if (committed) return;
  if (!std::exchange(told_spool_, true)) log_line(LogLevel::warning, "cannot write the spool: " + committed.error().message);
  for (const Item* item : written) {
    if (replay)
      queue_.restore(item->key, *item->row, item->version, item->whole);
    else
      queue_.unsaved(*item);
  }
}

void Engine::keep_spool() {
  open_spool();
  if (!spool_) return;
  const int64_t now = now_us();
  for (const SpoolAck& ack : queue_.take_acks()) spool_->ack(spool_kind(ack.kind), ack.id, static_cast<uint64_t>(ack.version));
  for (const SpoolKey& key : spool_->take_dropped()) queue_.lost(static_cast<Kind>(key.kind), key.id, static_cast<int64_t>(key.version));
  if (now >= spool_due_us_) {
    spool_due_us_ = now + kCommitUs;
    append(queue_.take_unsaved(kSaveBytes), false);
  }
  if (now >= adopt_due_us_) {
    adopt_due_us_ = now + kAdoptUs;
    spool_->adopt();
  }
  replay();
}

// Brings back what is on disk only, as long as there is room and the server takes it.
void Engine::replay() {
  if (spool_->replay_pending() == 0 || now_us() < gate_us_ || queue_.bytes() > queue_bytes_max_ / 2) return;
  busy_us_ = now_us();
  for (SpoolRecord& record : spool_->take_replay(kReplayBytes)) {
    std::optional<Item> item = unpack_item(record.payload);
    if (!item) {  // of another version of the SDK, or damaged
      spool_->ack(record.kind, record.id, record.version);
      queue_.refuse(record.id, "spooled record is not readable");
      continue;
    }
    item->key.id = record.id;
    if (!queue_.restore(item->key, *item->row, static_cast<int64_t>(record.version), item->whole))
      spool_->requeue(record.kind, record.id, record.version);
  }
}

void Engine::keep_memory() {
  queue_.trim(queue_bytes_max_ / kKeptShare);
  if (queue_.bytes() <= queue_bytes_max_) return;
  queue_.trim(0);
  if (queue_.bytes() <= queue_bytes_max_) return;
  if (spool_) append(queue_.spill(queue_.bytes() - queue_bytes_max_ + queue_bytes_max_ / kSpillShare), true);
  if (queue_.bytes() > queue_bytes_max_) queue_.shed(queue_bytes_max_, "memory budget: records waited too long for the server");
}

}  // namespace opik::sdk

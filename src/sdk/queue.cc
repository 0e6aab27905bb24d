#include "sdk/queue.h"

#include <algorithm>
#include <utility>

#include "sdk/queue_record.h"

namespace opik::sdk {
namespace {

constexpr size_t kOverheadBytes = 64;  // of a record in the table and of its blocks, about
constexpr size_t kMembersBytes = 400;  // of names and stamps in a record's JSON, at most
constexpr size_t kReasonsMax = 64;     // different ones; the rest count as "other"

bool is_entity(Kind kind) { return kind == Kind::trace || kind == Kind::span; }

}  // namespace

Queue::Queue(bool save_all) : saves_all_(save_all) {}
Queue::~Queue() = default;

// --- the lines ---

Queue::Line& Queue::line_of(const Record& record) {
  if (record.where == Where::kept) return lines_[2 * kKinds + (record.ended ? 0 : 1)];
  return lines_[static_cast<size_t>(record.key.kind) + (record.whole ? 0 : kKinds)];
}

void Queue::link(Record& record, bool front) {
  Line& line = line_of(record);
  record.linked = true;
  Record*& near = front ? line.first : line.last;
  if (near == nullptr) {
    line.first = line.last = &record;
    record.before = record.after = nullptr;
  } else if (front) {
    record.before = nullptr;
    record.after = near;
    near->before = &record;
    near = &record;
  } else {
    record.after = nullptr;
    record.before = near;
    near->after = &record;
    near = &record;
  }
  ++line.count;
  line.text_bytes += record.text_bytes;
  if (record.where == Where::kept) kept_bytes_ += record.bytes;
}

// Before anything changes that line_of() looks at.
void Queue::unlink(Record& record) {
  if (!record.linked) return;
  Line& line = line_of(record);
  (record.before != nullptr ? record.before->after : line.first) = record.after;
  (record.after != nullptr ? record.after->before : line.last) = record.before;
  record.linked = false;
  --line.count;
  line.text_bytes -= record.text_bytes;
  if (record.where == Where::kept) kept_bytes_ -= record.bytes;
}

// Counts the record's bytes anew. Not for a record in the kept lines.
void Queue::measure(Record& record) {
  size_t bytes = sizeof(Record) + kOverheadBytes + record.key.name.size() + record.saved.capacity() * sizeof(int64_t);
  if (record.row) bytes += record.row->bytes();
  if (record.flying && record.flying != record.row) bytes += record.flying->bytes();
  const size_t text_bytes = kMembersBytes + (record.row ? record.row->text_bytes() : 0);
  if (record.linked) line_of(record).text_bytes += text_bytes - record.text_bytes;
  bytes_ += bytes - record.bytes;
  record.bytes = bytes;
  record.text_bytes = text_bytes;
}

// --- units: what the counters count and flush waits for ---

uint64_t Queue::open_unit() {
  ++open_[epoch_];
  ++counters_.pending;
  return epoch_;
}

void Queue::close_unit(uint64_t& epoch) {
  const auto open = open_.find(epoch);
  if (--open->second == 0) open_.erase(open);
  --counters_.pending;
  epoch = 0;
}

uint64_t Queue::pending_until(uint64_t epoch) const {
  uint64_t pending = 0;
  for (const auto& [of, count] : open_) {
    if (of <= epoch) pending += count;
  }
  return pending;
}

void Queue::count_rejected(const base::Uuid& id, const std::string& reason) {
  ++counters_.rejected;
  const bool known = reasons_.contains(reason) || reasons_.size() < kReasonsMax;
  RejectionCount& rejection = reasons_[known ? reason : "other"];
  if (rejection.count++ == 0) rejection.first = id;
}

std::map<std::string, RejectionCount> Queue::take_reasons() { return std::exchange(reasons_, {}); }

void Queue::refuse(const base::Uuid& id, const std::string& reason) {
  ++counters_.captured;
  count_rejected(id, reason);
}

// --- records ---

Queue::Record* Queue::find(const Key& key) { return records_.find(key); }

Queue::Record& Queue::add(const Key& key, bool whole) {
  auto record = std::make_unique<Record>();
  record->key = key;
  record->whole = whole;
  return records_.add(std::move(record));
}

void Queue::erase(Record& record) {
  unlink(record);
  forgotten_version_ = std::max(forgotten_version_, record.version);
  bytes_ -= record.bytes;
  records_.erase(record);
}

Row& Queue::own_row(Record& record) {
  if (!record.row)
    record.row = std::make_shared<Row>();
  else if (record.row.use_count() > 1)
    record.row = std::make_shared<Row>(*record.row);
  return *record.row;
}

// Scores and attachments of one entity share its id, and on disk a key is an id and a version: theirs are unique.
int64_t Queue::next_version(const Record& record, int64_t at_us) {
  const int64_t after = record.version > 0 ? record.version : forgotten_version_;
  if (is_entity(record.key.kind)) return std::max(after + 1, at_us);
  return last_version_ = std::max({last_version_ + 1, record.version + 1, at_us});
}

void Queue::note_unsaved(Record& record) {
  if (record.listed_unsaved) return;
  record.listed_unsaved = true;
  unsaved_.push_back(record.key);
}

// After the content of a record changed.
void Queue::changed(Record& record, int64_t at_us) {
  record.version = next_version(record, at_us);
  record.needs_save = true;
  if (saves_all_) note_unsaved(record);
  if (record.waiting_epoch == 0) {
    ++counters_.captured;
    record.waiting_epoch = open_unit();
    record.since_us = at_us;
  }
  if (record.where == Where::flying) record.dirty = true;
  measure(record);
  if (record.where == Where::waiting && !record.linked) link(record);
}

void Queue::create(const Key& key, Row row, int64_t at_us, bool ended) {
  Record* record = find(key);
  if (record == nullptr) {
    record = &add(key, true);
  } else if (record->where == Where::spilled) {  // superseded: one record from here on
    spilled_.erase({key.kind, key.id, record->spilled_version});
    --counters_.spooled;
    --counters_.captured;
    record->where = Where::waiting;
  } else {
    unlink(*record);
  }
  if (record->where == Where::kept) record->where = Where::waiting;
  record->whole = true;
  record->ended = ended;
  record->row = std::make_shared<Row>(std::move(row));
  changed(*record, at_us);
}

bool Queue::update(const Key& key, const Row& fields, const std::function<void(Row&)>& set_address, int64_t at_us, bool ended) {
  Record* record = find(key);
  const bool known = record != nullptr;
  if (!known) record = &add(key, false);
  if (record->where == Where::kept) {
    unlink(*record);
    record->where = Where::waiting;
  }
  const bool begins = !record->row;
  Row& row = own_row(*record);
  if (!record->whole && begins) set_address(row);
  row.merge(fields);
  record->ended = record->ended || ended;
  changed(*record, at_us);
  return known;
}

// --- sending ---

std::optional<Batch> Queue::take(const Limits& limits, int64_t now_us, bool hurry) {
  for (size_t i = 0; i < 2 * kKinds; ++i) {
    Line& line = lines_[i];
    if (line.first == nullptr) continue;
    const bool full = line.count >= limits.items_max || line.text_bytes >= limits.bytes_max;
    if (!hurry && !full && line.first->since_us + limits.wait_us > now_us) continue;
    Batch batch;
    batch.kind = line.first->key.kind;
    batch.whole = i < kKinds;
    const size_t items_max = batch.whole && batch.kind != Kind::attachment ? limits.items_max : 1;
    size_t bytes = 0;
    while (line.first != nullptr && batch.items.size() < items_max) {
      Record& record = *line.first;
      bytes += record.text_bytes;
      if (bytes > limits.bytes_max && !batch.items.empty()) break;
      unlink(record);
      record.where = Where::flying;
      record.dirty = false;
      leave_saved_versions(record);
      record.version = std::max(record.version, now_us);  // later than a patch of ours that the server stamped itself
      record.flying_version = record.version;
      record.flying = record.row;
      record.flying_needs_save = std::exchange(record.needs_save, false);
      record.flying_epoch = std::exchange(record.waiting_epoch, 0);
      if (!record.whole) record.row = nullptr;
      batch.items.push_back({record.key, record.version, record.whole, record.flying});
    }
    return batch;
  }
  return std::nullopt;
}

std::optional<int64_t> Queue::due_us(const Limits& limits) const {
  std::optional<int64_t> due;
  for (size_t i = 0; i < 2 * kKinds; ++i) {
    const Line& line = lines_[i];
    if (line.first == nullptr) continue;
    const bool full = line.count >= limits.items_max || line.text_bytes >= limits.bytes_max;
    const int64_t at = full ? 0 : line.first->since_us + limits.wait_us;
    due = due ? std::min(*due, at) : at;
  }
  return due;
}

// The flight of a record is over: its copies on disk are not needed for it any more.
void Queue::settle(Record& record) {
  const auto covered = [&](int64_t version) { return version <= record.flying_version; };
  for (const int64_t version : record.saved) {
    if (covered(version)) acks_.push_back({record.key.kind, record.key.id, version});
  }
  std::erase_if(record.saved, covered);
  close_unit(record.flying_epoch);
  record.flying = nullptr;
  record.flying_needs_save = false;
  land(record);
}

void Queue::land(Record& record) {
  if (record.dirty) {
    record.dirty = false;
    record.where = Where::waiting;
  } else if (record.whole && is_entity(record.key.kind)) {
    record.where = Where::kept;
  } else {
    return erase(record);
  }
  measure(record);
  link(record);
}

void Queue::delivered(const Item& item) {
  Record* record = find(item.key);
  if (record == nullptr || record->where != Where::flying || record->flying_version != item.version) return;
  ++counters_.delivered;
  settle(*record);
}

void Queue::rejected(const Item& item, const std::string& reason) {
  Record* record = find(item.key);
  if (record == nullptr || record->where != Where::flying || record->flying_version != item.version) return;
  count_rejected(item.key.id, reason);
  settle(*record);
}

void Queue::released(const Item& item) {
  Record* record = find(item.key);
  if (record == nullptr || record->where != Where::flying || record->flying_version != item.version) return;
  if (record->dirty) {  // the two are one record again
    close_unit(record->waiting_epoch);
    --counters_.captured;
    if (!record->whole) {
      auto both = std::make_shared<Row>(*record->flying);
      both->merge(*record->row);
      record->row = std::move(both);
      record->needs_save = true;
    }
  } else {
    record->row = record->flying;
  }
  record->waiting_epoch = std::exchange(record->flying_epoch, 0);
  record->needs_save = std::exchange(record->flying_needs_save, false) || record->needs_save;
  record->flying = nullptr;
  record->dirty = false;
  record->where = Where::waiting;
  measure(*record);
  link(*record, true);
}

// --- memory ---

void Queue::trim(size_t bytes_max) {
  for (Line* line : {&lines_[2 * kKinds], &lines_[2 * kKinds + 1]}) {
    while (kept_bytes_ > bytes_max && line->first != nullptr) erase(*line->first);
  }
}

void Queue::shed(size_t bytes_max, const std::string& reason) {
  for (size_t i = 0; i < 2 * kKinds; ++i) {
    while (bytes_ > bytes_max && lines_[i].first != nullptr) {
      Record& record = *lines_[i].first;
      for (const int64_t version : record.saved) acks_.push_back({record.key.kind, record.key.id, version});
      count_rejected(record.key.id, reason);
      close_unit(record.waiting_epoch);
      erase(record);
    }
  }
}

}  // namespace opik::sdk

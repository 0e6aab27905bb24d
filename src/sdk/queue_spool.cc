// The Queue's dealings with the disk: what is to be saved, what is moved there, and what comes back.

#include <algorithm>
#include <utility>

#include "sdk/queue.h"
#include "sdk/queue_record.h"

namespace opik::sdk {

void Queue::save(const Item& item) {
  Record* record = find(item.key);
  if (record == nullptr || record->where == Where::kept) return;
  if (record->needs_save || record->flying_needs_save) note_unsaved(*record);
}

void Queue::save_all() {
  records_.each([&](Record& record) {
    if (record.needs_save || record.flying_needs_save) note_unsaved(record);
  });
}

// A whole record in flight and changed since is saved once, as it is now; a patch in flight and one that waits are two.
std::vector<Item> Queue::take_unsaved(size_t bytes_max) {
  std::vector<Item> items;
  size_t bytes = 0;
  size_t done = 0;
  for (; done < unsaved_.size() && bytes < bytes_max; ++done) {
    Record* record = find(unsaved_[done]);
    if (record == nullptr) continue;
    record->listed_unsaved = false;
    if (record->where == Where::kept) continue;
    const auto take = [&](int64_t version, const std::shared_ptr<Row>& row) {
      record->saved.push_back(version);
      bytes += row->text_bytes();
      items.push_back({record->key, version, record->whole, row});
    };
    const bool flying = std::exchange(record->flying_needs_save, false);
    leave_saved_versions(*record);
    const bool waiting = std::exchange(record->needs_save, false);
    if (flying && (!record->whole || !waiting)) take(record->flying_version, record->flying);
    if (waiting) take(record->version, record->row);
    measure(*record);
  }
  unsaved_.erase(unsaved_.begin(), unsaved_.begin() + static_cast<std::ptrdiff_t>(done));
  return items;
}

void Queue::unsaved(const Item& item, bool again) {
  Record* record = find(item.key);
  if (record == nullptr) return;
  drop_saved(*record, item.version);
  if (record->where == Where::kept) return;
  (item.row == record->flying ? record->flying_needs_save : record->needs_save) = true;
  if (again) note_unsaved(*record);
}

// A version is written once. A content that is not on disk may have come by a version that is: by merging what is.
void Queue::leave_saved_versions(Record& record) {
  if (!record.needs_save) return;
  while (std::find(record.saved.begin(), record.saved.end(), record.version) != record.saved.end())
    record.version = next_version(record, 0);
}

void Queue::drop_saved(Record& record, int64_t version) { std::erase(record.saved, version); }

std::vector<SpoolAck> Queue::take_acks() { return std::exchange(acks_, {}); }

std::vector<Item> Queue::spill(size_t bytes) {
  std::vector<Item> items;
  size_t freed = 0;
  for (size_t i = 0; i < 2 * kKinds && freed < bytes; ++i) {
    while (freed < bytes && lines_[i].first != nullptr) {
      Record& record = *lines_[i].first;
      unlink(record);
      record.version = next_version(record, 0);  // a name on disk that no earlier copy has
      record.spilled_version = record.version;
      items.push_back({record.key, record.version, record.whole, record.row});
      spilled_.emplace(SpillKey{record.key.kind, record.key.id, record.version}, record.key);
      record.where = Where::spilled;
      record.whole = false;  // what is logged from now on is a patch, until the rest is back
      record.saved.push_back(record.version);
      record.needs_save = false;
      record.row = nullptr;
      close_unit(record.waiting_epoch);
      ++counters_.spooled;
      const size_t before = record.bytes;
      measure(record);
      freed += before - record.bytes;
    }
  }
  return items;
}

bool Queue::restore(Key key, Row row, int64_t version, bool whole) {
  Record* record = find(key);
  const auto spilled = spilled_.find({key.kind, key.id, version});
  const bool own = spilled != spilled_.end();
  if (!own && record != nullptr && record->where == Where::spilled) return false;
  if (own) {
    spilled_.erase(spilled);
    --counters_.spooled;
  }
  last_version_ = std::max(last_version_, version);
  if (record == nullptr || (record->where == Where::spilled && own)) {
    const bool changes_wait = record != nullptr && record->row != nullptr;
    if (record == nullptr) {
      record = &add(key, whole);
      record->saved.push_back(version);
      if (!own) ++counters_.captured;
    }
    if (changes_wait) {
      row.merge(*record->row);
      --counters_.captured;  // what came back and what waited for it are one record
      record->version = std::max(record->version, version);
      record->needs_save = true;
      if (saves_all_) note_unsaved(*record);
    } else {
      record->waiting_epoch = open_unit();
      record->needs_save = false;
      record->version = std::max(record->version, version);
    }
    record->row = std::make_shared<Row>(std::move(row));
    record->whole = whole;
    record->where = Where::waiting;
    measure(*record);
    link(*record);
    return true;
  }
  if (own) --counters_.captured;
  join_restored(*record, std::move(row), version, whole);
  return true;
}

// What comes from disk meets something of the same key: as if the two had been logged in the order of their versions.
void Queue::join_restored(Record& record, Row row, int64_t version, bool whole) {
  const bool later = version > record.version;
  if (record.whole && !later) {
    if (record.where == Where::kept)
      acks_.push_back({record.key.kind, record.key.id, version});
    else
      record.saved.push_back(version);
    return;
  }
  record.saved.push_back(version);
  unlink(record);
  if (record.where == Where::kept) record.where = Where::waiting;
  if (later && whole) {
    record.row = std::make_shared<Row>(std::move(row));
  } else if (later) {
    own_row(record).merge(row);
  } else {  // below our patch, of which a part may be in flight
    if (record.flying) row.merge(*record.flying);
    if (record.row) row.merge(*record.row);
    record.row = std::make_shared<Row>(std::move(row));
  }
  record.whole = record.whole || whole;
  changed(record, version);
  if (later && whole) record.needs_save = false;  // it is on disk
}

void Queue::lost(Kind kind, const base::Uuid& id, int64_t version) {
  const auto spilled = spilled_.find({kind, id, version});
  if (spilled == spilled_.end()) {
    if (Record* record = find({kind, id, {}})) drop_saved(*record, version);
    return;
  }
  Record* record = find(spilled->second);
  spilled_.erase(spilled);
  --counters_.spooled;
  count_rejected(id, "spool is full");
  if (record == nullptr || record->where != Where::spilled) return;
  if (record->row == nullptr) return erase(*record);
  record->where = Where::waiting;  // its changes go as a patch
  record->whole = false;
  drop_saved(*record, version);
  measure(*record);
  link(*record);
}

void Queue::leave_to_spool() {
  records_.each([&](Record& record) {
    if (record.where != Where::waiting || record.needs_save || record.saved.empty()) return;
    close_unit(record.waiting_epoch);
    ++counters_.spooled;
    unlink(record);
    record.where = Where::spilled;
    record.spilled_version = record.saved.back();
    spilled_.emplace(SpillKey{record.key.kind, record.key.id, record.spilled_version}, record.key);
    record.whole = false;
    record.row = nullptr;
    measure(record);
  });
}

}  // namespace opik::sdk

// The index of a Journal: which record of which segment is still wanted, and by whom. Entries die when a later record or an ack covers
// them.

#include "sdk/journal.h"

#include <algorithm>

namespace opik::sdk {
namespace {

constexpr size_t kPendingAcksMax = 4 << 20;  // bytes of acks that a full disk may leave waiting; more are forgotten: a repetition

uint64_t index_key(uint8_t kind, const base::Uuid& id) { return base::UuidHash{}(id) ^ (kind * 0x9e3779b97f4a7c15ULL); }

}  // namespace

Journal::Segment& Journal::segment_of(uint32_t number) {
  return *std::lower_bound(segments_.begin(), segments_.end(), number, [](const Segment& s, uint32_t n) { return s.number < n; });
}

Journal::Entry& Journal::at(Location where) {
  return where.segment == kPending ? pending_[where.index].entry : segment_of(where.segment).entries[where.index];
}

size_t Journal::insert(Segment& segment, const Entry& entry) {
  segment.entries.push_back(entry);
  ++segment.live;
  if (entry.state == State::queued) ++segment.queued;
  const Location where{segment.number, static_cast<uint32_t>(segment.entries.size() - 1)};
  index_.emplace(index_key(entry.kind, entry.id), where);
  return entry.replaces ? supersede(entry, where) : 0;
}

// Of the records with `replaces` of one id, only the greatest version stays; of equal ones the last written.
size_t Journal::supersede(const Entry& by, Location where) {
  bool outlived = false;
  size_t replaced = 0;
  const auto [first, last] = index_.equal_range(index_key(by.kind, by.id));
  Index::iterator own = last;
  for (auto i = first; i != last;) {
    const auto candidate = i++;
    const Entry& entry = at(candidate->second);
    if (candidate->second == where) {
      own = candidate;
    } else if (entry.kind == by.kind && entry.id == by.id && entry.replaces) {
      if (entry.version > by.version) {
        outlived = true;
      } else {
        kill(candidate);
        ++replaced;
      }
    }
  }
  if (!outlived) return replaced;
  kill(own);
  return replaced + 1;
}

size_t Journal::kill_covered(uint8_t kind, const base::Uuid& id, uint64_t version) {
  size_t committed = 0;
  const auto [first, last] = index_.equal_range(index_key(kind, id));
  for (auto i = first; i != last;) {
    const auto candidate = i++;
    const Entry& entry = at(candidate->second);
    const bool covered = entry.version == version || (entry.replaces && entry.version < version);
    if (entry.kind != kind || entry.id != id || !covered) continue;
    if (candidate->second.segment != kPending) ++committed;
    kill(candidate);
  }
  return committed;
}

void Journal::kill(Index::iterator found) {
  const Location where = found->second;
  index_.erase(found);
  Entry& entry = at(where);
  if (where.segment == kPending) {
    pending_[where.index].record.clear();
  } else {
    Segment& segment = segment_of(where.segment);
    --segment.live;
    if (entry.state == State::queued) --segment.queued;
  }
  entry.state = State::dead;
}

void Journal::forget(const Entry& entry, Location where) {
  const auto [first, last] = index_.equal_range(index_key(entry.kind, entry.id));
  for (auto i = first; i != last; ++i) {
    if (i->second == where) {
      index_.erase(i);
      return;
    }
  }
}

void Journal::append(const RecordHead& head, std::string_view payload, bool replay) {
  Pending pending;
  append_record(pending.record, head, payload);
  pending.entry.id = head.id;
  pending.entry.version = head.version;
  pending.entry.bytes = static_cast<uint32_t>(pending.record.size());
  pending.entry.kind = head.kind;
  pending.entry.replaces = head.replaces;
  pending.entry.state = replay ? State::queued : State::held;
  const Location where{kPending, static_cast<uint32_t>(pending_.size())};
  if (head.replaces) {
    // What is on disk already stays until this record is there too.
    const auto [first, last] = index_.equal_range(index_key(head.kind, head.id));
    for (auto i = first; i != last;) {
      const auto candidate = i++;
      const Entry& entry = at(candidate->second);
      const bool same = candidate->second.segment == kPending && entry.kind == head.kind && entry.id == head.id;
      if (same && entry.replaces && entry.version <= head.version) kill(candidate);
    }
  }
  index_.emplace(index_key(head.kind, head.id), where);
  pending_.push_back(std::move(pending));
}

void Journal::ack(uint8_t kind, const base::Uuid& id, uint64_t version) {
  const size_t committed = kill_covered(kind, id, version);
  if (committed == 0) return;
  ledger_.counters.acked += committed;
  if (pending_acks_.size() > kPendingAcksMax) pending_acks_.clear();
  RecordHead head;
  head.kind = kind;
  head.is_ack = true;
  head.version = version;
  head.id = id;
  append_record(pending_acks_, head, {});
}

bool Journal::requeue(uint8_t kind, const base::Uuid& id, uint64_t version) {
  const auto [first, last] = index_.equal_range(index_key(kind, id));
  for (auto i = first; i != last; ++i) {
    Entry& entry = at(i->second);
    if (entry.kind != kind || entry.id != id || entry.version != version) continue;
    if (entry.state == State::held && i->second.segment != kPending) {
      Segment& segment = segment_of(i->second.segment);
      ++segment.queued;
      segment.cursor = std::min<size_t>(segment.cursor, i->second.index);
    }
    entry.state = State::queued;
    return true;
  }
  return false;
}

void Journal::take_replay(std::vector<SpoolRecord>& to, size_t& bytes, size_t bytes_max) {
  for (Segment& segment : segments_) {
    while (segment.queued > 0 && (to.empty() || bytes < bytes_max)) {
      while (segment.entries[segment.cursor].state != State::queued) ++segment.cursor;
      Entry& entry = segment.entries[segment.cursor];
      const size_t payload_bytes = entry.bytes - kRecordHeadBytes;
      if (!to.empty() && bytes + payload_bytes > bytes_max) return;
      auto payload = read(segment, entry);
      if (!payload) {
        count_dropped(entry);
        forget(entry, {segment.number, static_cast<uint32_t>(segment.cursor)});
        entry.state = State::dead;
        --segment.live;
        --segment.queued;
        continue;
      }
      bytes += payload_bytes;
      to.push_back({entry.kind, entry.replaces, entry.version, entry.id, *std::move(payload)});
      entry.state = State::held;
      --segment.queued;
    }
  }
}

void Journal::count_dropped(const Entry& entry) {
  ++ledger_.counters.dropped;
  ledger_.counters.dropped_bytes += entry.bytes;
  ledger_.dropped.push_back({entry.kind, entry.id, entry.version});
  if (ledger_.dropped.size() > kDroppedKeysMax) ledger_.dropped.pop_front();
}

bool Journal::drop_oldest() {
  if (segments_.empty()) return false;
  Segment& segment = segments_.front();
  for (uint32_t i = 0; i < segment.entries.size(); ++i) {
    Entry& entry = segment.entries[i];
    if (entry.state == State::dead) continue;
    if (entry.state == State::queued) {
      count_dropped(entry);
    } else {
      ++ledger_.counters.uncovered;
    }
    forget(entry, {segment.number, i});
  }
  remove_segment(segments_.begin());
  return true;
}

bool Journal::drop_older_than(int64_t seconds) { return !segments_.empty() && segments_.front().written_s < seconds && drop_oldest(); }

// Removes the segments that nobody wants; but the one that is written to stays, for the records to come.
void Journal::collect() {
  for (auto segment = segments_.begin(); segment != segments_.end();) {
    const bool written_to = std::next(segment) == segments_.end() && !sealed_ && segment->bytes < segment_bytes_ / 2;
    const bool removable = segment->live == 0 && !written_to && (segment == segments_.begin() || !segment->has_acks);
    if (!removable) {
      ++segment;
      continue;
    }
    const auto next = segment - segments_.begin();
    remove_segment(segment);
    segment = segments_.begin() + next;
  }
  if (segments_.empty()) pending_acks_.clear();
}

size_t Journal::queued() const {
  size_t queued = 0;
  for (const Segment& segment : segments_) queued += segment.queued;
  return queued;
}

size_t Journal::live() const {
  size_t live = 0;
  for (const Segment& segment : segments_) live += segment.live;
  return live;
}

uint64_t Journal::disk_bytes() const {
  uint64_t bytes = 0;
  for (const Segment& segment : segments_) bytes += segment.bytes;
  return bytes;
}

}  // namespace opik::sdk

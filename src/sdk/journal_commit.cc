// How a Journal's new records and acks reach the disk: all of them, or none.

#include <fcntl.h>
#include <unistd.h>

#include "sdk/journal.h"

namespace opik::sdk {
namespace {

constexpr size_t kWriteBytes = 1 << 20;  // gathered for one write

}  // namespace

// One commit: gathers records into writes, and takes everything back if one of them fails.
class Journal::Commit {
 public:
  Commit(Journal& journal, int64_t now_s) : journal_(journal), now_s_(now_s) {
    if (!journal_.sealed_) {
      first_number_ = journal_.segments_.back().number;
      first_bytes_ = journal_.segments_.back().bytes;
    } else {
      first_number_ = journal_.next_number_;
    }
  }

  base::Result<void> run() {
    if (auto ready = make_room(journal_.pending_acks_.size()); !ready) return ready;
    if (!journal_.pending_acks_.empty()) journal_.segments_.back().has_acks = true;
    batch_ = journal_.pending_acks_;
    for (size_t i = 0; i < journal_.pending_.size(); ++i) {
      const std::string& record = journal_.pending_[i].record;
      if (record.empty()) continue;
      if (auto ready = make_room(record.size()); !ready) return ready;
      const Segment& segment = journal_.segments_.back();
      placed_.push_back({i, segment.number, static_cast<uint32_t>(segment.bytes + batch_.size())});
      batch_ += record;
      if (batch_.size() >= kWriteBytes) {
        if (auto written = write(); !written) return written;
      }
    }
    if (auto written = write(); !written) return written;
    return placed_.empty() ? base::Result<void>() : sync();  // acks alone may get lost: that costs a repetition
  }

  // Enters what was written into the index.
  void keep() {
    for (const Placed& placed : placed_) {
      Entry entry = journal_.pending_[placed.pending].entry;
      entry.offset = placed.offset;
      journal_.ledger_.counters.replaced += journal_.insert(journal_.segment_of(placed.segment), entry);
    }
    journal_.ledger_.counters.appended += placed_.size();
  }

  // As if nothing had been written. What cannot be taken back is read again by the next process, which does no harm.
  void undo() {
    auto& segments = journal_.segments_;
    while (!segments.empty() && segments.back().number >= first_number_) {
      Segment& segment = segments.back();
      if (segment.number == first_number_ && first_bytes_ > 0) {
        const File file(::openat(journal_.folder_file_.get(), segment_name(segment.number).c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
        if (file && ::ftruncate(file.get(), static_cast<off_t>(first_bytes_)) == 0) segment.bytes = first_bytes_;
        break;
      }
      journal_.remove_segment(std::prev(segments.end()));
    }
    journal_.sealed_ = true;
  }

 private:
  struct Placed {
    size_t pending;
    uint32_t segment, offset;
  };

  // Leaves the last segment with room for a record of `bytes`.
  base::Result<void> make_room(size_t bytes) {
    if (!journal_.sealed_) {
      const size_t used = journal_.segments_.back().bytes + batch_.size();
      if (used + bytes <= journal_.segment_bytes_ || used == kSegmentMagic.size()) return {};
      if (auto written = write(); !written) return written;
      if (auto synced = sync(); !synced) return synced;
    }
    return journal_.start_segment(now_s_);
  }

  base::Result<void> write() {
    Segment& segment = journal_.segments_.back();
    if (auto written = write_at(segment.file.get(), batch_, segment.bytes); !written) return written;
    segment.bytes += batch_.size();
    segment.written_s = now_s_;
    batch_.clear();
    return {};
  }

  base::Result<void> sync() {
    if (::fdatasync(journal_.segments_.back().file.get()) != 0) return disk_error("syncing the spool folder " + journal_.folder_.string());
    return {};
  }

  Journal& journal_;
  const int64_t now_s_;
  uint32_t first_number_ = 0;  // of the segment in which the commit begins
  uint64_t first_bytes_ = 0;   // of it before the commit; 0: it was not there
  std::string batch_;
  std::vector<Placed> placed_;
};

base::Result<void> Journal::commit(int64_t now_s) {
  collect();
  size_t records = 0;
  for (const Pending& pending : pending_) records += !pending.record.empty();
  if (records == 0 && pending_acks_.empty()) {
    pending_.clear();
    return {};
  }
  Commit commit(*this, now_s);
  const base::Result<void> written = commit.run();
  if (written) {
    pending_acks_.clear();
  } else {
    commit.undo();
    ++ledger_.counters.failed_commits;
    ledger_.counters.failed_records += records;
  }
  for (uint32_t i = 0; i < pending_.size(); ++i) {
    if (!pending_[i].record.empty()) forget(pending_[i].entry, {kPending, i});
  }
  if (written) commit.keep();
  pending_.clear();
  collect();
  return written;
}

}  // namespace opik::sdk

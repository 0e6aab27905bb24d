#include "sdk/journal.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <ctime>

#include "base/clock.h"

namespace opik::sdk {
namespace {

constexpr uint32_t kPending = UINT32_MAX;
constexpr size_t kWriteBytes = 1 << 20;      // gathered for one write
constexpr size_t kPendingAcksMax = 4 << 20;  // bytes of acks that a full disk may leave waiting; more are forgotten: a repetition
constexpr int64_t kHalfMadeSeconds = 60;     // after which a folder that never got its name is an orphan

std::string segment_name(uint32_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "%016" PRIx32 ".seg", number);
  return name;
}

// The number in a segment's name; 0 if it is none.
uint32_t segment_number(std::string_view name) {
  if (name.size() != 20 || name.substr(16) != ".seg") return 0;
  uint64_t number = 0;
  for (char c : name.substr(0, 16)) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return 0;
    number = number << 4 | static_cast<uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  return number < kPending ? static_cast<uint32_t>(number) : 0;
}

uint64_t index_key(uint8_t kind, const base::Uuid& id) { return base::UuidHash{}(id) ^ (kind * 0x9e3779b97f4a7c15ULL); }

// A name that sorts by time and that no process has, forked ones included: these share the state of every generator of ours.
base::Result<std::string> fresh_name() {
  std::array<uint8_t, 16> bytes;
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return disk_error("naming a spool folder");
  const base::Uuid now = base::Uuid::least_at_ms(base::now_us() / 1000);
  std::copy_n(now.bytes().begin(), 6, bytes.begin());
  return base::Uuid(bytes).text();
}

}  // namespace

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Journal::Journal(std::filesystem::path folder, File folder_file, File lock, size_t segment_bytes, SpoolLedger& ledger)
    : folder_(std::move(folder)),
      folder_file_(std::move(folder_file)),
      lock_(std::move(lock)),
      segment_bytes_(segment_bytes),
      ledger_(ledger) {}

// Opens the folder, which must be ours alone, and takes its lock without waiting. Null with errno if that cannot be.
std::unique_ptr<Journal> Journal::lock_folder(std::filesystem::path folder, size_t segment_bytes, SpoolLedger& ledger) {
  File folder_file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat facts {};
  if (!folder_file || ::fstat(folder_file.get(), &facts) != 0) return nullptr;
  if (facts.st_uid != ::geteuid()) {
    errno = EPERM;
    return nullptr;
  }
  File lock(::openat(folder_file.get(), "LOCK", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 || ::fstat(lock.get(), &facts) != 0) return nullptr;
  if (facts.st_nlink == 0) {  // its owner removed the folder while we waited
    errno = ENOENT;
    return nullptr;
  }
  return std::unique_ptr<Journal>(new Journal(std::move(folder), std::move(folder_file), std::move(lock), segment_bytes, ledger));
}

// The folder gets its name only when its lock is held, so that nobody takes it for an orphan.
base::Result<std::unique_ptr<Journal>> Journal::create(const std::filesystem::path& parent, size_t segment_bytes, SpoolLedger& ledger) {
  const base::Result<std::string> name = fresh_name();
  if (!name) return name.error();
  const std::filesystem::path half_made = parent / (std::string(kHalfMade) + *name);
  if (::mkdir(half_made.c_str(), 0700) != 0) return disk_error("making the spool folder " + half_made.string());
  std::unique_ptr<Journal> journal = lock_folder(half_made, segment_bytes, ledger);
  if (!journal) return disk_error("locking the spool folder " + half_made.string());
  if (::rename(half_made.c_str(), (parent / *name).c_str()) != 0) return disk_error("naming the spool folder " + half_made.string());
  journal->folder_ = parent / *name;
  const File parent_file(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent_file) ::fsync(parent_file.get());
  return journal;
}

std::unique_ptr<Journal> Journal::adopt(const std::filesystem::path& folder, size_t segment_bytes, SpoolLedger& ledger) {
  if (folder.filename().string().rfind(kHalfMade, 0) == 0) {
    struct stat facts {};
    if (::stat(folder.c_str(), &facts) != 0 || facts.st_mtime + kHalfMadeSeconds > ::time(nullptr)) return nullptr;
  }
  std::unique_ptr<Journal> journal = lock_folder(folder, segment_bytes, ledger);
  if (!journal) return nullptr;
  if (!journal->read_segments()) {
    journal->keep_folder_ = true;
    return nullptr;
  }
  ledger.counters.adopted += journal->live();
  return journal;
}

Journal::~Journal() {
  if (!lock_ || !finished() || keep_folder_) return;
  while (!segments_.empty()) remove_segment(segments_.begin());
  ::unlinkat(folder_file_.get(), "LOCK", 0);
  ::rmdir(folder_.c_str());
}

void Journal::abandon_in_child() noexcept {
  keep_folder_ = true;
  segments_.clear();
  read_file_ = File();
  lock_ = File();  // closes without unlocking: the lock is the parent's as long as it has it open
  folder_file_ = File();
}

bool Journal::read_segments() {
  DIR* listing = ::fdopendir(::dup(folder_file_.get()));
  if (listing == nullptr) return false;
  ::rewinddir(listing);
  std::vector<uint32_t> numbers;
  while (const dirent* entry = ::readdir(listing)) {
    if (const uint32_t number = segment_number(entry->d_name); number != 0) numbers.push_back(number);
  }
  ::closedir(listing);
  std::sort(numbers.begin(), numbers.end());
  for (uint32_t number : numbers) read_segment(number);
  collect();
  return true;
}

void Journal::read_segment(uint32_t number) {
  next_number_ = number + 1;
  const File file(::openat(folder_file_.get(), segment_name(number).c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  struct stat facts {};
  if (!file || ::fstat(file.get(), &facts) != 0) {
    keep_folder_ = true;
    return;
  }
  Segment& segment = segments_.emplace_back();
  segment.number = number;
  segment.written_s = facts.st_mtime;
  const auto end = scan_segment(file.get(), [&](const RecordHead& head, const RecordPlace& place) {
    if (head.is_ack) {
      segment.has_acks = true;
      kill_matching(head.kind, head.id,
                    [&](const Entry& e) { return e.version == head.version || (e.replaces && e.version < head.version); });
      return;
    }
    Entry entry;
    entry.id = head.id;
    entry.version = head.version;
    entry.offset = static_cast<uint32_t>(place.offset);
    entry.bytes = place.bytes;
    entry.kind = head.kind;
    entry.replaces = head.replaces;
    entry.state = State::queued;
    insert(segment, entry);
  });
  segment.bytes = static_cast<uint64_t>(facts.st_size);
  if (!end) {
    keep_folder_ = true;
    return;
  }
  if (end->torn_bytes > 0 && ::ftruncate(file.get(), static_cast<off_t>(end->good_bytes)) == 0) segment.bytes = end->good_bytes;
  ledger_.counters.torn_bytes += end->torn_bytes;
}

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

template <class Covers>
size_t Journal::kill_matching(uint8_t kind, const base::Uuid& id, Covers covers) {
  size_t committed = 0;
  const auto [first, last] = index_.equal_range(index_key(kind, id));
  for (auto i = first; i != last;) {
    const auto candidate = i++;
    const Entry& entry = at(candidate->second);
    if (entry.kind != kind || entry.id != id || !covers(entry)) continue;
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
  const size_t committed =
      kill_matching(kind, id, [&](const Entry& e) { return e.version == version || (e.replaces && e.version < version); });
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

base::Result<std::string> Journal::read(const Segment& segment, const Entry& entry) {
  if (!read_file_ || read_number_ != segment.number) {
    read_file_ = File(::openat(folder_file_.get(), segment_name(segment.number).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    read_number_ = segment.number;
    if (!read_file_) return disk_error("opening a spool segment");
  }
  return read_payload(read_file_.get(), {entry.offset, entry.bytes});
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

void Journal::remove_segment(std::deque<Segment>::iterator segment) {
  if (std::next(segment) == segments_.end()) sealed_ = true;
  if (read_number_ == segment->number) read_file_ = File();
  ::unlinkat(folder_file_.get(), segment_name(segment->number).c_str(), 0);
  segments_.erase(segment);
}

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

base::Result<void> Journal::start_segment(int64_t now_s) {
  const uint32_t number = next_number_;
  File file(::openat(folder_file_.get(), segment_name(number).c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return disk_error("making a segment in the spool folder " + folder_.string());
  ++next_number_;
  if (!segments_.empty()) segments_.back().file = File();
  Segment& segment = segments_.emplace_back();
  segment.number = number;
  segment.file = std::move(file);
  segment.written_s = now_s;
  sealed_ = false;
  if (auto written = write_at(segment.file.get(), kSegmentMagic, 0); !written) return written;
  segment.bytes = kSegmentMagic.size();
  if (::fsync(folder_file_.get()) != 0) return disk_error("syncing the spool folder " + folder_.string());
  return {};
}

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

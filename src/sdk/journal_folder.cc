// A Journal on disk: the folder and its lock, the segments' files, and how what a dead process left is read.

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "base/clock.h"
#include "sdk/journal.h"

namespace opik::sdk {
namespace {

constexpr int64_t kHalfMadeSeconds = 60;  // after which a folder that never got its name is an orphan

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
      kill_covered(head.kind, head.id, head.version);
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

void Journal::remove_segment(std::deque<Segment>::iterator segment) {
  if (std::next(segment) == segments_.end()) sealed_ = true;
  if (read_number_ == segment->number) read_file_ = File();
  ::unlinkat(folder_file_.get(), segment_name(segment->number).c_str(), 0);
  segments_.erase(segment);
}

base::Result<std::string> Journal::read(const Segment& segment, const Entry& entry) {
  if (!read_file_ || read_number_ != segment.number) {
    read_file_ = File(::openat(folder_file_.get(), segment_name(segment.number).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    read_number_ = segment.number;
    if (!read_file_) return disk_error("opening a spool segment");
  }
  return read_payload(read_file_.get(), {entry.offset, entry.bytes});
}

}  // namespace opik::sdk

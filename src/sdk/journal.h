#pragma once
// One folder of the spool: its lock and its segments (journal_folder.cc), an index of what in them is still wanted (journal.cc), and how
// records are added (journal_commit.cc). See spool.h for the meaning of records, segment.h for the bytes.
//
// A segment is removed when no record in it is wanted and either it holds no acks or no older segment is left: an ack must not
// be gone before the record that it is about.
//
// Thread rule: one thread at a time. Limits: kept by Spool, which asks for the oldest segment to be dropped.

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "sdk/segment.h"
#include "sdk/spool.h"

namespace opik::sdk {

inline constexpr std::string_view kHalfMade = ".new-";  // how the name of a folder begins until its lock is held

// What all journals of a spool count together.
struct SpoolLedger {
  SpoolCounters counters;
  std::deque<SpoolKey> dropped;  // at most kDroppedKeysMax
};

// A descriptor that is closed at the end.
class File {
 public:
  File() = default;
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~File();

  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
};

class Journal {
 public:
  // A new folder below `parent`, locked. Errors: unavailable.
  static base::Result<std::unique_ptr<Journal>> create(const std::filesystem::path& parent, size_t segment_bytes, SpoolLedger& ledger);
  // The folder of a dead process, locked and read; null if it is no such folder, is somebody's or cannot be read. All its records
  // are to be replayed.
  static std::unique_ptr<Journal> adopt(const std::filesystem::path& folder, size_t segment_bytes, SpoolLedger& ledger);

  ~Journal();  // gives up the lock, and removes the folder if nothing in it is wanted

  void append(const RecordHead& head, std::string_view payload, bool replay);
  base::Result<void> commit(int64_t now_s);
  void ack(uint8_t kind, const base::Uuid& id, uint64_t version);
  bool requeue(uint8_t kind, const base::Uuid& id, uint64_t version);
  // Appends to `to` until the payloads there come to `bytes_max`.
  void take_replay(std::vector<SpoolRecord>& to, size_t& bytes, size_t bytes_max);
  // The oldest segment, wanted or not. False if there is none.
  bool drop_oldest();
  bool drop_older_than(int64_t seconds);

  size_t queued() const;
  size_t live() const;  // committed and wanted
  uint64_t disk_bytes() const;
  bool finished() const { return live() == 0 && pending_.empty(); }
  const std::filesystem::path& folder() const { return folder_; }
  void abandon_in_child() noexcept;  // the folder and its lock stay the parent's

 private:
  enum class State : uint8_t {
    dead,
    held,    // the caller has the record too
    queued,  // waits for take_replay()
  };

  struct Entry {
    base::Uuid id;
    uint64_t version = 0;
    uint32_t offset = 0, bytes = 0;
    uint8_t kind = 0;
    bool replaces = false;
    State state = State::dead;
  };

  struct Segment {
    uint32_t number = 0;
    File file;  // open while it is written to
    uint64_t bytes = 0;
    int64_t written_s = 0;  // of the last write, since 1970
    bool has_acks = false;
    std::vector<Entry> entries;  // in the order of writing
    size_t live = 0, queued = 0;
    size_t cursor = 0;  // no entry before it is queued
  };

  struct Pending {
    Entry entry;
    std::string record;  // as it will be written
  };

  // Where an entry is: in a segment, or not written yet.
  static constexpr uint32_t kPending = UINT32_MAX;
  struct Location {
    uint32_t segment = 0;
    uint32_t index = 0;
    friend bool operator==(const Location&, const Location&) = default;
  };
  using Index = std::unordered_multimap<uint64_t, Location>;
  class Commit;

  Journal(std::filesystem::path folder, File folder_file, File lock, size_t segment_bytes, SpoolLedger& ledger);
  static std::unique_ptr<Journal> lock_folder(std::filesystem::path folder, size_t segment_bytes, SpoolLedger& ledger);

  bool read_segments();
  void read_segment(uint32_t number);
  // Both return how many live records this one made superfluous, itself included if a later one is there.
  size_t insert(Segment& segment, const Entry& entry);
  size_t supersede(const Entry& by, Location where);
  // What an ack of that version is about. Returns how many of them were committed.
  size_t kill_covered(uint8_t kind, const base::Uuid& id, uint64_t version);
  void kill(Index::iterator at);
  void forget(const Entry& entry, Location where);
  Entry& at(Location where);
  Segment& segment_of(uint32_t number);
  void collect();
  void remove_segment(std::deque<Segment>::iterator segment);
  void count_dropped(const Entry& entry);
  base::Result<void> start_segment(int64_t now_s);
  base::Result<std::string> read(const Segment& segment, const Entry& entry);

  std::filesystem::path folder_;
  File folder_file_, lock_;
  const size_t segment_bytes_;
  SpoolLedger& ledger_;
  std::deque<Segment> segments_;  // ascending by number
  uint32_t next_number_ = 1;
  bool sealed_ = true;  // the last segment takes no more
  std::vector<Pending> pending_;
  std::string pending_acks_;
  Index index_;  // of all entries that are not dead
  File read_file_;
  uint32_t read_number_ = 0;  // of the segment that read_file_ is
  bool keep_folder_ = false;  // there is something in it that we could not read, or it is not ours any more
};

}  // namespace opik::sdk

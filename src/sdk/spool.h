#pragma once
// Records that wait on disk for a server: survives kill -9 and, after commit(), a loss of power.
//
//   auto spool = Spool::open({.root = settings.spool_dir, .destination = "http://localhost:5173/api/|default"});
//   (*spool)->append({kSpan, true, stamp, id, body});        // in memory
//   (*spool)->commit();                                      // on disk
//   (*spool)->ack(kSpan, id, stamp);                         // delivered: may be forgotten
//   (*spool)->adopt();                                       // takes over what dead processes left
//   for (SpoolRecord& r : (*spool)->take_replay(4 << 20)) …  // what must be sent (again); ack() each when delivered
//
// On disk:  <root>/<hash of destination>/<one folder per Spool>/{LOCK, 0000000000000001.seg, …}
// The folder belongs to whoever holds the flock on its LOCK; a folder whose LOCK is free is an orphan. Records for one server
// and workspace are never replayed to another: `destination` keeps them apart. Folders are 0700, files 0600.
//
// Keys. A record is known by (kind, id, version). One with `replaces` speaks for its whole id: within its journal it stands in
// for every earlier one of that kind and id, and its ack covers all versions up to its own. One without (a patch, a score) stands
// for itself: only its own ack covers it. Acked records may come again after a crash, so what they cause must be idempotent.
//
// Limits: bytes_max and age_max drop whole segments, oldest first; every record lost so is counted, and told by take_dropped().
// One payload may have kSpoolPayloadBytesMax or half of bytes_max. At most kAdoptedMax orphans are held at a time; the next ones
// follow when take_replay() has nothing left.
// No call throws; an error of the disk is a Result and counted. Thread rule: one thread at a time.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"

namespace opik::sdk {

struct SpoolConfig {
  std::filesystem::path root;
  std::string destination;  // what the records are for: base URL and workspace
  uint64_t bytes_max = 1ULL << 30;
  std::chrono::seconds age_max{std::chrono::hours(24 * 7)};
  size_t segment_bytes = 8 << 20;
};

inline constexpr size_t kAdoptedMax = 32;  // folders, each of which costs up to four descriptors
inline constexpr size_t kDroppedKeysMax = 65'536;
inline constexpr uint8_t kSpoolKindMax = 63;                // the two upper bits of the byte on disk are the spool's own
inline constexpr size_t kSpoolPayloadBytesMax = 256 << 20;  // of one record; a trace of 100 MB is still taken

struct SpoolKey {
  uint8_t kind = 0;  // at most kSpoolKindMax; the meaning is the caller's
  base::Uuid id;
  uint64_t version = 0;
};

struct SpoolRecord {
  uint8_t kind = 0;
  bool replaces = false;
  uint64_t version = 0;
  base::Uuid id;
  std::string payload;
};

struct SpoolCounters {
  uint64_t appended = 0;        // records committed to disk by this process
  uint64_t acked = 0;           // of them and of the adopted: acked
  uint64_t replaced = 0;        // of them: made superfluous by a later record of their id
  uint64_t adopted = 0;         // live records found in orphans
  uint64_t dropped = 0;         // records lost to bytes_max, age_max or an unreadable file: the spool alone had them
  uint64_t dropped_bytes = 0;   // their bytes
  uint64_t uncovered = 0;       // records dropped for the same reasons that the caller still holds: not lost unless it dies
  uint64_t torn_bytes = 0;      // cut off the ends of orphans' segments: writes that never were committed
  uint64_t failed_commits = 0;  // disk full, no permission, …
  uint64_t failed_records = 0;  // records that these commits did not take
  uint64_t live_records = 0;    // now: committed, not acked, not replaced
  uint64_t disk_bytes = 0;      // now: of all segments held
};

class Journal;

class Spool {
 public:
  // Makes the folder and takes its lock; removes nothing and adopts nothing yet.
  // Errors: unavailable (the folder cannot be made, locked or written to; the message names it and says why).
  static base::Result<std::unique_ptr<Spool>> open(SpoolConfig config) noexcept;

  // Lets go of the locks. A folder without live records is removed, any other is left to the next process.
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // Takes the record into memory until commit().
  //   replay   take_replay() shall return it once committed (the caller forgets it); otherwise the caller still holds it
  //   errors   invalid: the kind or the payload is beyond its limit; internal: out of memory
  base::Result<void> append(SpoolRecord record, bool replay) noexcept;

  // Writes what was appended and acked since the last commit; syncs if there was a record among it.
  // Errors: unavailable: nothing of what was appended since the last commit is in the spool; the caller still has to keep it.
  base::Result<void> commit() noexcept;

  // The record is delivered, or rejected for good: it need not be kept. One that the spool does not hold is passed over.
  void ack(uint8_t kind, const base::Uuid& id, uint64_t version) noexcept;

  // Takes over the folders of dead processes. Call at start and about once a minute. Returns the number of live records found.
  size_t adopt() noexcept;

  // The next records to be sent, oldest folders first, each in the order of writing; at most `bytes_max` of payload, but at least
  // one record if there is any. Each is returned once, until requeue(); it stays on disk until its ack().
  std::vector<SpoolRecord> take_replay(size_t bytes_max) noexcept;

  // A record that take_replay() returned, or that append() took with replay = false, shall be returned (again). False if it is
  // not held.
  bool requeue(uint8_t kind, const base::Uuid& id, uint64_t version) noexcept;

  // How many records take_replay() has yet to return.
  size_t replay_pending() const noexcept;

  // The keys of records dropped since the last call, in order; the newest kDroppedKeysMax of them.
  std::vector<SpoolKey> take_dropped() noexcept;

  SpoolCounters counters() const noexcept;
  const std::filesystem::path& folder() const noexcept;  // this process's own

  // In a forked child: closes the files and forgets the records, which stay the parent's. Only the destructor may follow.
  void abandon_in_child() noexcept;

 private:
  struct State;
  explicit Spool(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace opik::sdk

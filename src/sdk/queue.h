#pragma once
// The Queue is what the owner thread knows: every record that is not delivered yet, and those delivered lately. It merges what is
// logged by id and says what to send next. Pure: no IO, no clock, no thread of its own.
//
//   queue.create(key, row, at_us);                 // a whole record; replaces all that was known under the key
//   queue.update(key, fields, set_address, at_us); // changes
//   while (std::optional<Batch> batch = queue.take(limits, now_us, hurry)) send(*batch);
//   queue.delivered(item);  queue.rejected(item, "why");  queue.released(item);     // one of them for every item taken
//
// The states of a record, and why no update can be lost to another's arrival:
//
//            create               take              delivered, rejected                  evicted
//   (none) ---------> waiting ------------> flying ---------------------> kept ------------------> (none)
//      |                ^  ^                  |  released; or changed       |  create, update
//      |  update        |  +------------------+  meanwhile                  |
//      +--> waiting,    +---------------------------------------------------+
//           as a patch
//
// At most one request per key is in flight; what changes meanwhile waits, and goes as the whole record under a later stamp. A whole
// record is sent whole every time, so any of its versions that arrives last in time is the right one by its stamp alone. Only of a
// key that this process did not create is a patch sent; two patches of one key are never in flight together.
//
// spill() moves records that wait to disk. Of one that is not ended a stub stays, so that an update finds it: the update
// waits until restore() brings the record back.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/uuid.h"
#include "sdk/key_table.h"
#include "sdk/row.h"

namespace opik::sdk {

enum class Kind : uint8_t { trace, span, trace_score, span_score, thread_score, attachment };
inline constexpr size_t kKinds = 6;

struct Key {
  Kind kind = Kind::trace;
  base::Uuid id;
  std::string name;  // of a score: its name (and thread); of an attachment: its number

  friend bool operator==(const Key&, const Key&) = default;
};

struct KeyHash {
  size_t operator()(const Key& key) const noexcept {
    return base::UuidHash{}(key.id) * 7 + static_cast<size_t>(key.kind) + (key.name.empty() ? 0 : std::hash<std::string>{}(key.name));
  }
};

// One record in a request, or on its way to the spool.
struct Item {
  Key key;
  int64_t version = 0;             // its stamp, last_updated_at: strictly increasing per key
  bool whole = true;               // or a patch
  std::shared_ptr<const Row> row;  // shared with the record, which copies it before changing it; given back to the owner thread
};

struct Batch {
  Kind kind = Kind::trace;
  bool whole = true;
  std::vector<Item> items;  // a patch and an attachment stand alone
};

// A record on disk that need not be there any more.
struct SpoolAck {
  Kind kind = Kind::trace;
  base::Uuid id;
  int64_t version = 0;
};

// captured = delivered + rejected + spooled + pending, always.
struct QueueCounters {
  uint64_t captured = 0;
  uint64_t delivered = 0;
  uint64_t rejected = 0;
  uint64_t spooled = 0;  // spilled now
  uint64_t pending = 0;  // waiting or flying now
};

struct RejectionCount {
  uint64_t count = 0;
  base::Uuid first;
};

class Queue {
 public:
  struct Limits {
    size_t items_max = 1000;
    size_t bytes_max = 4 << 20;  // of JSON, estimated from above; a record larger than this goes alone
    int64_t wait_us = 300'000;   // of the oldest record, after which a batch goes however small
  };

  // `save_all`: every change shall be saved (take_unsaved); otherwise only what save() names.
  explicit Queue(bool save_all = false);
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  void create(const Key& key, Row row, int64_t at_us, bool ended = false);
  // `set_address` sets what a patch needs besides its changes: trace_id, parent_span_id, project_name; it is called if the update becomes
  // a patch. Returns false if the key is unknown here.
  bool update(const Key& key, const Row& fields, const std::function<void(Row&)>& set_address, int64_t at_us, bool ended = false);
  // A call that comes to nothing: it counts as captured and rejected.
  void refuse(const base::Uuid& id, const std::string& reason);

  // The next batch that is full, old enough or, with `hurry`, there at all. Nothing: none is.
  std::optional<Batch> take(const Limits& limits, int64_t now_us, bool hurry);
  // When take() will have something if nothing else happens; nothing if no record waits.
  std::optional<int64_t> due_us(const Limits& limits) const;
  void delivered(const Item& item);
  void rejected(const Item& item, const std::string& reason);
  void released(const Item& item);  // not sent, or in vain: waits again, first in its line

  // Delivery of all changes before a moment: epoch = close_epoch(); delivered when pending_until(epoch) == 0.
  uint64_t close_epoch() { return epoch_++; }
  uint64_t pending_until(uint64_t epoch) const;

  // The spool. What take_unsaved() returns counts as on disk unless unsaved() says otherwise; what spill() returns has left the queue,
  // and if it cannot be written comes back by restore().
  void save(const Item& item);
  void save_all();  // at the end: all that is not delivered
  std::vector<Item> take_unsaved(size_t bytes_max);
  void unsaved(const Item& item, bool again = true);  // again: take_unsaved() shall return it once more
  std::vector<SpoolAck> take_acks();
  std::vector<Item> spill(size_t bytes);
  // A record from disk: spilled by this queue, or left by a dead process. What is here under the same key is merged with it. Returns
  // false if it must come again later: the record here is on disk itself.
  bool restore(Key key, Row row, int64_t version, bool whole);
  // The disk has dropped it.
  void lost(Kind kind, const base::Uuid& id, int64_t version);
  // At the end: what waits and is on disk counts as spooled.
  void leave_to_spool();

  size_t bytes() const { return bytes_; }  // of all records and rows here
  // Forgets delivered records, oldest first, ended before unended, until at most `bytes_max` of them are kept.
  void trim(size_t bytes_max);
  // Rejects waiting records, oldest first, until at most `bytes_max` is used in all.
  void shed(size_t bytes_max, const std::string& reason);

  const QueueCounters& counters() const { return counters_; }
  // By reason, since the last call.
  std::map<std::string, RejectionCount> take_reasons();

 private:
  struct Record;
  enum class Where : uint8_t { waiting, flying, kept, spilled };
  // A doubly linked list through the records themselves.
  struct Line {
    Record* first = nullptr;
    Record* last = nullptr;
    size_t count = 0;
    size_t text_bytes = 0;
  };
  struct SpillKey {
    Kind kind;
    base::Uuid id;
    int64_t version;
    friend bool operator==(const SpillKey&, const SpillKey&) = default;
  };
  struct SpillKeyHash {
    size_t operator()(const SpillKey& key) const noexcept {
      return base::UuidHash{}(key.id) ^ static_cast<size_t>(key.version) * 0x9e3779b97f4a7c15ULL;
    }
  };

  static constexpr size_t kLines = 2 * kKinds + 2;
  Line& line_of(const Record& record);
  void link(Record& record, bool front = false);
  void unlink(Record& record);
  void measure(Record& record);

  Record* find(const Key& key);
  Record& add(const Key& key, bool whole);
  void erase(Record& record);
  Row& own_row(Record& record);  // for change: a copy if the row is shared
  int64_t next_version(const Record& record, int64_t at_us);
  void changed(Record& record, int64_t at_us);
  void settle(Record& record);
  void land(Record& record);
  uint64_t open_unit();
  void close_unit(uint64_t& epoch);
  void note_unsaved(Record& record);
  void count_rejected(const base::Uuid& id, const std::string& reason);
  void join_restored(Record& record, Row row, int64_t version, bool whole);
  void drop_saved(Record& record, int64_t version);
  void leave_saved_versions(Record& record);

  const bool saves_all_;
  KeyTable<Record, Key, KeyHash> records_;
  Line lines_[kLines];  // waiting whole and patch of each kind; kept ended; kept unended
  std::vector<Key> unsaved_;
  std::unordered_map<SpillKey, Key, SpillKeyHash> spilled_;
  std::vector<SpoolAck> acks_;
  std::map<uint64_t, uint64_t> open_;  // units by epoch
  uint64_t epoch_ = 1;
  int64_t last_version_ = 0;       // for kinds that share an id
  int64_t forgotten_version_ = 0;  // the greatest of records that are not here any more
  size_t bytes_ = 0;
  size_t kept_bytes_ = 0;
  QueueCounters counters_;
  std::map<std::string, RejectionCount> reasons_;
};

}  // namespace opik::sdk

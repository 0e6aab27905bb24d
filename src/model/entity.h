#pragma once
// The law: what is kept of the messages about one id, and what a reader sees of it.
//
//   Entity e;
//   e.merge(update);     // a patch may come first: the entity is pending
//   e.merge(create);
//   View v = e.view();   // the create's fields under the update's
//
// What is kept is a join of minima and maxima, so neither order nor repetition of stamped messages matters:
//
//   first    least stamp of any snapshot seen
//   base     the snapshot with the greatest stamp (tie: the greater content hash)
//   cell[f]  per field, the patch value with the greatest stamp (tie: the greater value)
//
// The view of a field is the cell's value if there is one and (a) base is the only create known (first == base.stamp), or
// (b) the cell is later than base: by stamps if both carry a client's, else by arrival. Otherwise it is base's value. Without
// a base the cells alone are seen: the entity is pending. Deletion is kept apart (see Tombstone).
//
// Pure values, no thread rule. docs/merge.md explains it with examples.

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "model/message.h"

namespace opik::model {

struct View {
  Fields fields;
  bool pending = false;            // no create is known yet
  int64_t created_at_us = 0;       // arrival of the first message
  int64_t last_updated_at_us = 0;  // greatest stamp that is kept
  friend bool operator==(const View&, const View&) = default;
};

class Entity {
 public:
  struct Base {
    Moment moment;
    uint64_t content_hash = 0;
    Fields fields;
    friend bool operator==(const Base&, const Base&) = default;
  };
  struct Cell {
    Moment moment;
    Value value;
    friend bool operator==(const Cell&, const Cell&) = default;
  };

  // Takes one message in. `message.fields[Field::project]` must be resolved; a tag edit must be resolved (see resolve_tags).
  // Returns whether what is kept changed.
  bool merge(Message message);

  // `id` gives a pending entity its start time.
  View view(const base::Uuid& id) const;

  // Whether the cell of `f`, which must exist, is what a reader sees.
  bool cell_wins(Field f) const;

  bool exists() const { return base.has_value() || patched(); }
  bool patched() const;

  // What is kept. Public for the stores, which write it down and read it back; only merge() changes it.
  std::optional<int64_t> first_us;
  std::optional<Base> base;
  std::array<std::optional<Cell>, kFieldCount> cells;
  int64_t created_at_us = 0;

  const std::optional<Cell>& cell(Field f) const { return cells[static_cast<size_t>(f)]; }
  std::optional<Cell>& cell(Field f) { return cells[static_cast<size_t>(f)]; }

  friend bool operator==(const Entity&, const Entity&) = default;

 private:
  bool merge_snapshot(Message& message);
  bool merge_patch(Message& message);
  void forget_places();
};

// A deletion. A message that is not newer than it has no effect. Two numbers, because the clocks of two machines are not
// compared: a stamped message is held against the greatest stamp that the deletion swept away, an unstamped one against the
// time at which the deletion arrived.
struct Tombstone {
  int64_t gone_stamp_us = 0;    // max(arrival of the deletion, greatest stamp among what was deleted)
  int64_t gone_arrival_us = 0;  // arrival of the deletion

  bool covers(const Moment& moment) const {
    return moment.from_client ? moment.stamp_us <= gone_stamp_us : moment.arrival_us <= gone_arrival_us;
  }
  void merge(const Tombstone& other) {
    gone_stamp_us = std::max(gone_stamp_us, other.gone_stamp_us);
    gone_arrival_us = std::max(gone_arrival_us, other.gone_arrival_us);
  }
};

}  // namespace opik::model

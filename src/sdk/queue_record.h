#pragma once
// One record of the Queue. For queue.cc and queue_spool.cc alone.

#include "sdk/queue.h"

namespace opik::sdk {

struct Queue::Record {
  Key key;
  size_t hash = 0;  // of the key; the table's
  Where where = Where::waiting;
  bool whole = true;
  bool ended = false;
  bool dirty = false;       // flying, and changed since it was taken
  bool needs_save = false;  // the content in `row` is not on disk
  bool flying_needs_save = false;
  bool listed_unsaved = false;
  bool linked = false;
  // whole: all there is, also while it flies and when it is kept. Patch: what is to be sent; nothing while it flies unchanged.
  std::shared_ptr<Row> row;
  std::shared_ptr<Row> flying;
  int64_t version = 0;
  int64_t flying_version = 0;
  int64_t spilled_version = 0;
  int64_t since_us = 0;        // when it began to wait
  uint64_t waiting_epoch = 0;  // 0: no unit is open
  uint64_t flying_epoch = 0;
  std::vector<int64_t> saved;  // versions on disk, not acked yet
  size_t bytes = 0;            // as counted in bytes_
  size_t text_bytes = 0;       // as counted in its line
  Record* before = nullptr;
  Record* after = nullptr;
};

}  // namespace opik::sdk

#pragma once
// Where threads live: what a thread shows is computed from its traces, and what is its own (tags, status, scores) is kept beside. The
// same two halves and thread rule as trace_store.h; a ThreadWriter works within the TraceWriter's begin() and commit(), and sees what was
// written since begin().
//
//   Result<std::optional<ThreadRef>> thread = reader.find(workspace, thread_model_id);
//
// A thread is found, listed and counted while it has traces. Scores may come before them.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/message.h"
#include "model/thread.h"
#include "query/selection.h"

namespace opik::store {

// Which thread; nothing of what is in it.
struct ThreadRef {
  base::Uuid id;  // thread_model_id
  int64_t project = 0;
  std::string thread_id;
  friend bool operator==(const ThreadRef&, const ThreadRef&) = default;
};

// Which threads a reader asks for. Checked, as a query::Selection.
struct ThreadSelection {
  int64_t workspace = 1;
  int64_t project = 0;
  std::optional<base::Uuid> id_from;  // inclusive: threads with a trace whose id is in the range
  std::optional<base::Uuid> id_to;    // inclusive
  std::string search;                 // substring of thread_id, messages or tags, ignoring case; empty: everything
  query::Filter filter;
  int64_t active_since_us = 0;  // a thread without a new trace since then is inactive
};

struct ThreadPage {
  std::vector<model::Thread> threads;
  int64_t total = 0;
};

class ThreadReader {
 public:
  virtual ~ThreadReader() = default;

  virtual base::Result<std::optional<ThreadRef>> find(int64_t workspace, const base::Uuid& id) const = 0;
  virtual base::Result<std::optional<ThreadRef>> find(int64_t workspace, int64_t project, std::string_view thread_id) const = 0;
};

}  // namespace opik::store

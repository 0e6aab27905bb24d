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

  // Nothing if there is no such thread. `active_since_us` as in ThreadSelection.
  virtual base::Result<std::optional<model::Thread>> get(int64_t workspace, const base::Uuid& id, int64_t active_since_us) const = 0;
  // Window::Order::listing: the latest change first, of equal ones the earliest start, then the latest end. Order::newest: id descending.
  virtual base::Result<std::vector<model::Thread>> list(const ThreadSelection& which, const query::Window& window) const = 0;
  virtual base::Result<ThreadPage> page(const ThreadSelection& which, const query::Window& window) const = 0;
  virtual base::Result<model::ThreadStats> stats(const ThreadSelection& which) const = 0;
};

// Some threads of a project, by the ids that their traces carry.
struct ThreadNames {
  int64_t workspace = 1;
  int64_t project = 0;
  std::vector<std::string> thread_ids;
};

// One author's word on a thread that need not exist yet.
struct ThreadScore {
  std::string thread_id;
  std::optional<int64_t> project;  // else by score.project_name, made if there is none of that name
  model::FeedbackScore score;      // entity_id is not looked at
};

class ThreadWriter {
 public:
  virtual ~ThreadWriter() = default;

  // Opens or closes threads. Code::not_found names the unknown ones; then nothing is changed.
  virtual base::Result<void> set_active(const ThreadNames& which, bool is_active, int64_t arrival_us) = 0;
  // `tags`, a JSON text, replaces what is there; `edit` adds and removes, after that. Unknown ids are passed over.
  // Code::unprocessable if one would have too many tags; then nothing is changed.
  virtual base::Result<void> edit_tags(int64_t workspace, const std::vector<base::Uuid>& ids, const std::optional<std::string>& tags,
                                       const model::TagEdit& edit, int64_t arrival_us) = 0;
  virtual base::Result<void> put_scores(int64_t workspace, const std::vector<ThreadScore>& scores) = 0;
  // `author` empty: of every author. Of unknown threads there are none.
  virtual base::Result<void> delete_scores(const ThreadNames& which, const std::vector<std::string>& names, const std::string& author) = 0;
  // Deletes all traces of the threads, as TraceWriter::delete_traces() does, and what is the threads' own. Unknown ones are no error.
  virtual base::Result<void> delete_threads(const ThreadNames& which, int64_t arrival_us) = 0;
};

}  // namespace opik::store

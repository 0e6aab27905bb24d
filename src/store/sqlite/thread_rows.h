#pragma once
// Keeps the rows of `threads` true to the traces. The writer says which traces it touched; once per transaction, settle() looks at where
// they were and where they are now, and brings the rows of those threads up to date:
//
//   rows.touch({trace.n, before, arrival_us, true});      // at every change of a trace that has, or had, a thread_id
//   ...
//   rows.settle();                                        // before the commit, and before a thread is read within the transaction
//
// A trace that came costs its thread one read and one write. Where one left, or its times drew in, the thread is computed anew from the
// index traces_by_thread. A thread whose last trace left goes, with its scores.
//
// One thread; inside a transaction. Throws SqlError.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/sqlite/row.h"

namespace opik::store::sqlite {

// What a thread is made of: one of its traces, as it stands in the table.
struct ThreadTrace {
  int64_t n = 0;
  base::Uuid id;
  int64_t workspace = 0;
  int64_t project = 0;
  std::string thread_id;
  int64_t start_time_ns = 0;
  std::optional<int64_t> end_time_ns;
  int64_t created_at_us = 0;
  int64_t last_updated_at_us = 0;

  // Nothing: the trace is in no thread.
  static std::optional<ThreadTrace> of(int64_t workspace, const Row& row);
};

class ThreadRows {
 public:
  explicit ThreadRows(Connection& db) : db_(db) {}

  struct Touch {
    int64_t n = 0;
    std::optional<ThreadTrace> before;  // as it stood before this change
    int64_t arrival_us = 0;             // of the message; 0 for a deletion
    bool is_create = false;             // updates of a trace do not make its thread active again
  };
  void touch(Touch touch);
  void settle();
  // The transaction was undone.
  void forget() { touched_.clear(); }

  // All threads of all traces, in a file that knew none.
  void build();

  // The number of the thread's row. It may have no traces.
  std::optional<int64_t> find(int64_t project, std::string_view thread_id);
  std::optional<int64_t> find_with_traces(int64_t project, std::string_view thread_id);
  // The same; made if there is none, for scores that come before traces.
  int64_t find_or_make(int64_t workspace, int64_t project, const std::string& thread_id, int64_t arrival_us);
  // The row and all that hangs on it.
  void remove(int64_t n);

 private:
  using Key = std::pair<int64_t, std::string>;  // project, thread_id
  struct Touched {
    std::optional<ThreadTrace> before;  // as it stood when the transaction began
    int64_t arrival_us = 0;
    int64_t create_arrival_us = 0;
  };
  struct Arrived {
    ThreadTrace trace;
    bool is_new = false;  // to the thread
  };
  struct Change {
    std::vector<Arrived> traces;
    bool must_recount = false;
    int64_t active_at_us = 0;
  };
  // What a row shows of its traces.
  struct Summary {
    int64_t trace_count = 0;
    ThreadTrace first;
    ThreadTrace last;
    base::Uuid least_id;
    base::Uuid greatest_id;
    int64_t created_at_us = 0;
    int64_t last_updated_at_us = 0;

    void add(const ThreadTrace& trace, bool is_new);
  };
  struct Kept {
    int64_t n = 0;
    int64_t edited_at_us = 0;
    int64_t active_at_us = 0;
    std::optional<int64_t> closed_at_us;
    Summary summary;
  };

  std::optional<ThreadTrace> read_trace(int64_t n);
  std::optional<Kept> read(const Key& key);
  Summary recount(const Key& key);
  void update(const Key& key, const Change& change);
  void insert(int64_t workspace, const Key& key, const Summary& summary, int64_t active_at_us);

  Connection& db_;
  std::unordered_map<int64_t, Touched> touched_;  // by the trace's number
};

}  // namespace opik::store::sqlite

#pragma once
// A ThreadSelection as SQL with bound parameters, and its rows as threads.

#include <functional>
#include <optional>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/sqlite/payload.h"
#include "store/threads.h"

namespace opik::store::sqlite {

// Calls visit(n) for every thread of the selection in the order of the window until visit returns false. The window's offset is
// not applied; beyond offset and limit nothing need come, unless the order is Window::Order::any.
void each_thread_number(Connection& db, const PayloadCodec& codec, const ThreadSelection& which, const query::Window& window,
                        const std::function<bool(int64_t)>& visit);

// Makes threads of rows. Throws SqlError.
class ThreadLoader {
 public:
  ThreadLoader(Connection& db, const PayloadCodec& codec, int64_t workspace, int64_t active_since_us);

  // Row `n`, or each of them, in that order, must exist and have traces. The first leaves out comments, the second leaves out nothing.
  model::Thread load(int64_t n, bool with_messages);
  std::vector<model::Thread> load(const std::vector<int64_t>& numbers);

 private:
  void load_messages(model::Thread& thread, int64_t first_trace_n, int64_t last_trace_n);
  void load_totals(model::Thread& thread, int64_t project);

  Connection& db_;
  const PayloadCodec& codec_;
  const int64_t workspace_;
  const int64_t active_since_us_;
  const bool has_scores_;
};

}  // namespace opik::store::sqlite

// The tables of threads.

#include "store/sqlite/schema_parts.h"
#include "store/sqlite/thread_rows.h"

namespace opik::store::sqlite {
namespace {

constexpr const char* kTables = R"sql(
CREATE TABLE threads (                  -- the traces of a project that have the same thread_id; kept by the writer as they change
  n INTEGER PRIMARY KEY,
  workspace_n INTEGER NOT NULL,
  project_n INTEGER NOT NULL,
  thread_id TEXT NOT NULL,
  id BLOB NOT NULL,                     -- thread_model_id: what scores and comments refer to
  trace_count INTEGER NOT NULL,         -- 0: known by its scores alone, not listed, and the next six are NULL
  first_trace_n INTEGER,                -- the trace that started first
  last_trace_n INTEGER,                 -- the trace that ended last
  start_time_ns INTEGER,                -- of the first trace
  end_time_ns INTEGER,                  -- of the last trace
  least_trace_id BLOB,                  -- the bounds of its traces' ids
  greatest_trace_id BLOB,
  tags TEXT,                            -- JSON array
  created_at_us INTEGER NOT NULL,       -- the least of its traces'
  last_updated_at_us INTEGER NOT NULL,  -- the greatest of its traces' and edited_at_us
  edited_at_us INTEGER NOT NULL,        -- when its own tags or status were last changed by request; 0: never
  active_at_us INTEGER NOT NULL,        -- when its last trace came, or when it was opened by request
  closed_at_us INTEGER,                 -- when it was closed by request; NULL: never, or something came since
  UNIQUE (project_n, thread_id)
);
CREATE UNIQUE INDEX threads_by_id ON threads (id);
CREATE INDEX threads_by_project ON threads (project_n, id);
CREATE INDEX threads_by_update          -- the order of Opik's listing
  ON threads (project_n, last_updated_at_us DESC, start_time_ns, end_time_ns DESC, id DESC, trace_count);

-- All that a thread's row is made of. Traces without a thread_id are not in it.
CREATE INDEX traces_by_thread ON traces (project_n, thread_id, start_time_ns, id, end_time_ns, created_at_us, last_updated_at_us)
  WHERE thread_id IS NOT NULL;
)sql";

}  // namespace

void add_thread_tables(Connection& db) {
  db.run(kTables);
  ThreadRows(db).build();
}

}  // namespace opik::store::sqlite

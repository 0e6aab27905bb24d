#include "store/sqlite/thread_rows.h"

#include <algorithm>
#include <tuple>

#include "model/thread.h"
#include "store/sqlite/comments.h"
#include "store/sqlite/scores.h"

namespace opik::store::sqlite {
namespace {

using model::Field;

#define OPIK_THREAD_TRACE_COLUMNS "n, id, workspace_n, project_n, thread_id, start_time_ns, end_time_ns, created_at_us, last_updated_at_us"

constexpr std::string_view kFindTrace = "SELECT " OPIK_THREAD_TRACE_COLUMNS " FROM traces WHERE n = ?1 AND thread_id IS NOT NULL";
constexpr std::string_view kTracesOfThread =
    "SELECT " OPIK_THREAD_TRACE_COLUMNS " FROM traces INDEXED BY traces_by_thread WHERE project_n = ?1 AND thread_id = ?2";

ThreadTrace read_thread_trace(const Statement& row) {
  ThreadTrace trace;
  trace.n = row.integer(0);
  trace.id = row.uuid(1);
  trace.workspace = row.integer(2);
  trace.project = row.integer(3);
  trace.thread_id = row.text(4);
  trace.start_time_ns = row.integer(5);
  if (!row.is_null(6)) trace.end_time_ns = row.integer(6);
  trace.created_at_us = row.integer(7);
  trace.last_updated_at_us = row.integer(8);
  return trace;
}

bool is_same_place(const ThreadTrace& a, const ThreadTrace& b) {
  return a.id == b.id && a.project == b.project && a.thread_id == b.thread_id;
}

// A start that moved on or an end that moved back: another trace may be the first or the last now.
bool drew_in(const ThreadTrace& before, const ThreadTrace& after) {
  return after.start_time_ns > before.start_time_ns || after.end_time_ns < before.end_time_ns;  // none is less than any
}

bool starts_before(const ThreadTrace& a, const ThreadTrace& b) { return std::tie(a.start_time_ns, a.id) < std::tie(b.start_time_ns, b.id); }
// One without an end comes before all that have one.
bool ends_after(const ThreadTrace& a, const ThreadTrace& b) { return std::tie(a.end_time_ns, a.id) > std::tie(b.end_time_ns, b.id); }

}  // namespace

std::optional<ThreadTrace> ThreadTrace::of(int64_t workspace, const Row& row) {
  if (!row.shown.has(Field::thread_id)) return std::nullopt;
  ThreadTrace trace;
  trace.n = row.n;
  trace.id = row.id;
  trace.workspace = workspace;
  trace.project = row.shown.integer(Field::project);
  trace.thread_id = row.shown.text(Field::thread_id);
  trace.start_time_ns = row.shown.integer(Field::start_time);
  if (row.shown.has(Field::end_time)) trace.end_time_ns = row.shown.integer(Field::end_time);
  trace.created_at_us = row.kept.created_at_us;
  trace.last_updated_at_us = row.kept.last_updated_at_us;
  return trace;
}

void ThreadRows::touch(Touch touch) {
  const auto [at, is_first] = touched_.try_emplace(touch.n);
  Touched& touched = at->second;
  if (is_first) touched.before = std::move(touch.before);
  touched.arrival_us = std::max(touched.arrival_us, touch.arrival_us);
  if (touch.is_create) touched.create_arrival_us = std::max(touched.create_arrival_us, touch.arrival_us);
}

void ThreadRows::settle() {
  if (touched_.empty()) return;
  std::map<Key, Change> changes;
  for (const auto& [n, touched] : touched_) {
    const std::optional<ThreadTrace>& before = touched.before;
    std::optional<ThreadTrace> after = read_trace(n);
    const bool stayed = before && after && is_same_place(*before, *after);
    if (before && !stayed) changes[{before->project, before->thread_id}].must_recount = true;
    if (!after) continue;
    Change& change = changes[{after->project, after->thread_id}];
    change.must_recount |= stayed && drew_in(*before, *after);
    change.active_at_us = std::max(change.active_at_us, stayed ? touched.create_arrival_us : touched.arrival_us);
    change.traces.push_back({*std::move(after), !stayed});
  }
  touched_.clear();
  for (const auto& [key, change] : changes) update(key, change);
}

void ThreadRows::update(const Key& key, const Change& change) {
  const std::optional<Kept> kept = read(key);
  const bool must_recount = change.must_recount || !kept || kept->summary.trace_count == 0;
  Summary summary = must_recount ? recount(key) : kept->summary;
  if (!must_recount) {
    for (const Arrived& arrived : change.traces) summary.add(arrived.trace, arrived.is_new);
  }
  if (summary.trace_count == 0) {
    if (kept) remove(kept->n);
    return;
  }
  if (!kept) return insert(summary.first.workspace, key, summary, change.active_at_us);

  Statement& update = db_.prepared(
      "UPDATE threads SET trace_count = ?2, first_trace_n = ?3, last_trace_n = ?4, start_time_ns = ?5, end_time_ns = ?6, "
      "least_trace_id = ?7, greatest_trace_id = ?8, created_at_us = ?9, last_updated_at_us = ?10, active_at_us = ?11, closed_at_us = ?12 "
      "WHERE n = ?1");
  update.bind(1, kept->n).bind(2, summary.trace_count).bind(3, summary.first.n).bind(4, summary.last.n);
  update.bind(5, summary.first.start_time_ns);
  if (summary.last.end_time_ns) {
    update.bind(6, *summary.last.end_time_ns);
  } else {
    update.bind_null(6);
  }
  update.bind(7, summary.least_id).bind(8, summary.greatest_id).bind(9, summary.created_at_us);
  update.bind(10, std::max(summary.last_updated_at_us, kept->edited_at_us)).bind(11, std::max(kept->active_at_us, change.active_at_us));
  if (kept->closed_at_us && *kept->closed_at_us > change.active_at_us) {
    update.bind(12, *kept->closed_at_us);
  } else {
    update.bind_null(12);
  }
  update.run();
}

void ThreadRows::insert(int64_t workspace, const Key& key, const Summary& summary, int64_t active_at_us) {
  Statement& insert = db_.prepared(
      "INSERT INTO threads (workspace_n, project_n, thread_id, id, trace_count, first_trace_n, last_trace_n, start_time_ns, end_time_ns, "
      "least_trace_id, greatest_trace_id, created_at_us, last_updated_at_us, edited_at_us, active_at_us) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0, ?14)");
  const base::Uuid id = model::thread_model_id(summary.created_at_us, key.first, key.second);
  insert.bind(1, workspace).bind(2, key.first).bind_text(3, key.second).bind(4, id).bind(5, summary.trace_count);
  insert.bind(6, summary.first.n).bind(7, summary.last.n).bind(8, summary.first.start_time_ns);
  if (summary.last.end_time_ns) {
    insert.bind(9, *summary.last.end_time_ns);
  } else {
    insert.bind_null(9);
  }
  insert.bind(10, summary.least_id).bind(11, summary.greatest_id).bind(12, summary.created_at_us).bind(13, summary.last_updated_at_us);
  insert.bind(14, active_at_us).run();
}

void ThreadRows::Summary::add(const ThreadTrace& trace, bool is_new) {
  const bool is_only = trace_count == 0;
  trace_count += is_new;
  if (is_only || trace.n == first.n || starts_before(trace, first)) first = trace;
  if (is_only || trace.n == last.n || ends_after(trace, last)) last = trace;
  least_id = is_only ? trace.id : std::min(least_id, trace.id);
  greatest_id = is_only ? trace.id : std::max(greatest_id, trace.id);
  created_at_us = is_only ? trace.created_at_us : std::min(created_at_us, trace.created_at_us);
  last_updated_at_us = std::max(last_updated_at_us, trace.last_updated_at_us);
}

ThreadRows::Summary ThreadRows::recount(const Key& key) {
  Summary summary;
  Statement& traces = db_.prepared(kTracesOfThread);
  ResetGuard guard(traces);
  traces.bind(1, key.first).bind_text(2, key.second);
  while (traces.step()) summary.add(read_thread_trace(traces), true);
  return summary;
}

std::optional<ThreadTrace> ThreadRows::read_trace(int64_t n) {
  Statement& find = db_.prepared(kFindTrace);
  ResetGuard guard(find);
  if (!find.bind(1, n).step()) return std::nullopt;
  return read_thread_trace(find);
}

std::optional<ThreadRows::Kept> ThreadRows::read(const Key& key) {
  Kept kept;
  int64_t first_n = 0;
  int64_t last_n = 0;
  {
    Statement& find = db_.prepared(
        "SELECT n, edited_at_us, active_at_us, closed_at_us, trace_count, first_trace_n, last_trace_n, least_trace_id, greatest_trace_id, "
        "created_at_us, last_updated_at_us FROM threads WHERE project_n = ?1 AND thread_id = ?2");
    ResetGuard guard(find);
    if (!find.bind(1, key.first).bind_text(2, key.second).step()) return std::nullopt;
    kept.n = find.integer(0);
    kept.edited_at_us = find.integer(1);
    kept.active_at_us = find.integer(2);
    if (!find.is_null(3)) kept.closed_at_us = find.integer(3);
    kept.summary.trace_count = find.integer(4);
    if (kept.summary.trace_count == 0) return kept;
    first_n = find.integer(5);
    last_n = find.integer(6);
    kept.summary.least_id = find.uuid(7);
    kept.summary.greatest_id = find.uuid(8);
    kept.summary.created_at_us = find.integer(9);
    kept.summary.last_updated_at_us = find.integer(10);
  }
  // Gone or elsewhere by now: then the thread is counted anew, whatever is read here.
  kept.summary.first = read_trace(first_n).value_or(ThreadTrace{});
  kept.summary.last = read_trace(last_n).value_or(ThreadTrace{});
  return kept;
}

void ThreadRows::build() {
  std::vector<std::pair<int64_t, Key>> keys;
  {
    Statement threads(db_.handle(),
                      "SELECT workspace_n, project_n, thread_id FROM traces INDEXED BY traces_by_thread WHERE thread_id IS NOT NULL "
                      "GROUP BY project_n, thread_id");
    while (threads.step()) keys.push_back({threads.integer(0), {threads.integer(1), std::string(threads.text(2))}});
  }
  for (const auto& [workspace, key] : keys) {
    const Summary summary = recount(key);
    insert(workspace, key, summary, summary.last_updated_at_us);
  }
}

std::optional<int64_t> ThreadRows::find(int64_t project, std::string_view thread_id) {
  Statement& find = db_.prepared("SELECT n FROM threads WHERE project_n = ?1 AND thread_id = ?2");
  ResetGuard guard(find);
  if (!find.bind(1, project).bind_text(2, thread_id).step()) return std::nullopt;
  return find.integer(0);
}

std::optional<int64_t> ThreadRows::find_with_traces(int64_t project, std::string_view thread_id) {
  Statement& find = db_.prepared("SELECT n FROM threads WHERE project_n = ?1 AND thread_id = ?2 AND trace_count > 0");
  ResetGuard guard(find);
  if (!find.bind(1, project).bind_text(2, thread_id).step()) return std::nullopt;
  return find.integer(0);
}

int64_t ThreadRows::find_or_make(int64_t workspace, int64_t project, const std::string& thread_id, int64_t arrival_us) {
  if (const std::optional<int64_t> n = find(project, thread_id)) return *n;
  db_.prepared(
         "INSERT INTO threads (workspace_n, project_n, thread_id, id, trace_count, created_at_us, last_updated_at_us, edited_at_us, "
         "active_at_us) VALUES (?1, ?2, ?3, ?4, 0, ?5, ?5, 0, ?5)")
      .bind(1, workspace)
      .bind(2, project)
      .bind_text(3, thread_id)
      .bind(4, model::thread_model_id(arrival_us, project, thread_id))
      .bind(5, arrival_us)
      .run();
  return sqlite3_last_insert_rowid(db_.handle());
}

void ThreadRows::remove(int64_t n) {
  std::optional<std::pair<int64_t, base::Uuid>> of;
  {
    Statement& find = db_.prepared("SELECT workspace_n, id FROM threads WHERE n = ?1");
    ResetGuard guard(find);
    if (find.bind(1, n).step()) of.emplace(find.integer(0), find.uuid(1));
  }
  if (!of) return;
  delete_scores(db_, {of->first, "thread", of->second});
  delete_comments_of(db_, of->first, model::Subject::thread, of->second);
  db_.prepared("DELETE FROM threads WHERE n = ?1").bind(1, n).run();
}

}  // namespace opik::store::sqlite

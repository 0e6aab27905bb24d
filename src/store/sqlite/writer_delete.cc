// Deleting traces with everything that hangs on them, and scores, which are rows of their own.

#include <algorithm>

#include "store/sqlite/comments.h"
#include "store/sqlite/guardrails.h"
#include "store/sqlite/scores.h"
#include "store/sqlite/writer.h"

namespace opik::store::sqlite {

using model::Field;
using model::Kind;

base::Result<void> Writer::delete_traces(int64_t workspace, const std::vector<base::Uuid>& ids, std::optional<int64_t> project,
                                         int64_t arrival_us) {
  return guarded("deleting traces", [&]() -> base::Result<void> {
    last_arrival_us_ = std::max(last_arrival_us_, arrival_us);
    for (const base::Uuid& id : ids) {
      const std::optional<Row> trace = find(Kind::trace, workspace, id);
      if (project && (!trace || trace->shown.integer(Field::project) != *project)) continue;
      int64_t gone_stamp_us = arrival_us;
      if (trace) {
        gone_stamp_us = std::max(gone_stamp_us, trace->kept.last_updated_at_us);
        delete_row(Kind::trace, workspace, *trace);
        if (changes_.is_on()) {
          TraceChange& change = changes_.of(workspace, id);
          change.what = TraceChange::What::deleted;
          change.project = trace->shown.integer(Field::project);
        }
      } else {
        delete_said_of(Kind::trace, workspace, id);  // a score or a verdict may come before its trace
      }
      for (const Row& span : spans_of(workspace, id)) {
        gone_stamp_us = std::max(gone_stamp_us, span.kept.last_updated_at_us);
        delete_row(Kind::span, workspace, span);
      }
      db_.prepared(
             "INSERT INTO tombstones (workspace_n, trace_id, gone_stamp_us, gone_arrival_us) VALUES (?1, ?2, ?3, ?4) "
             "ON CONFLICT DO UPDATE SET gone_stamp_us = max(gone_stamp_us, excluded.gone_stamp_us), "
             "gone_arrival_us = max(gone_arrival_us, excluded.gone_arrival_us)")
          .bind(1, workspace)
          .bind(2, id)
          .bind(3, gone_stamp_us)
          .bind(4, arrival_us)
          .run();
      has_tombstones_ = true;
    }
    return {};
  });
}

// In every project: a span may have been sent to another one than its trace.
std::vector<Row> Writer::spans_of(int64_t workspace, const base::Uuid& trace_id) {
  static const std::string kSql =
      row_sql(Kind::span).select + "project_n IN (SELECT n FROM projects WHERE workspace_n = ?1) AND trace_id = ?2";
  Statement& find = db_.prepared(kSql);
  ResetGuard guard(find);
  find.bind(1, workspace).bind(2, trace_id);
  std::vector<Row> spans;
  while (find.step()) spans.push_back(read_row(find, Kind::span));
  return spans;
}

void Writer::delete_row(Kind kind, int64_t workspace, const Row& row) {
  const bool is_trace = kind == Kind::trace;
  if (std::optional<ThreadTrace> in_thread = ThreadTrace::of(workspace, row)) threads_.touch({row.n, std::move(in_thread), 0, false});
  db_.prepared(is_trace ? "DELETE FROM traces WHERE n = ?1" : "DELETE FROM spans WHERE n = ?1").bind(1, row.n).run();
  write_payload(kind, row.n, {});
  if (row.kept.is_patched) write_cells(kind, row.n, {});
  delete_said_of(kind, workspace, row.id);
  count_row(kind, row.shown.integer(Field::project), -1);
}

// Scores, comments, verdicts and attachments.
void Writer::delete_said_of(Kind kind, int64_t workspace, const base::Uuid& id) {
  columns_.touch(kind, workspace, id);
  delete_comments_of(db_, workspace, kind == Kind::trace ? model::Subject::trace : model::Subject::span, id);
  attachments_.remove_all({workspace, kind, id});
  if (kind == Kind::trace) delete_guardrail_checks_of(db_, workspace, id);
  delete_scores(db_, {workspace, model::kind_name(kind), id});
}

base::Result<void> Writer::put_scores(int64_t workspace, Kind kind, const std::vector<model::FeedbackScore>& scores) {
  return guarded("storing scores", [&]() -> base::Result<void> {
    for (const model::FeedbackScore& score : scores) {
      columns_.touch(kind, workspace, score.entity_id);
      put_score(db_, {workspace, model::kind_name(kind), score.entity_id}, score_project(workspace, kind, score), score);
      note_scores(workspace, kind, score.entity_id);
    }
    return {};
  });
}

// The project that the writer named, or else the one its entity stands in.
int64_t Writer::score_project(int64_t workspace, Kind kind, const model::FeedbackScore& score) {
  if (!score.project_name.empty()) return project_number(workspace, score.project_name);
  if (const std::optional<Row> row = find(kind, workspace, score.entity_id)) return row->shown.integer(Field::project);
  return project_number(workspace, model::kDefaultProject);
}

base::Result<void> Writer::delete_score(int64_t workspace, Kind kind, const base::Uuid& id, const std::string& name,
                                        const std::string& author) {
  return guarded("deleting a score", [&]() -> base::Result<void> {
    columns_.touch(kind, workspace, id);
    sqlite::delete_score(db_, {workspace, model::kind_name(kind), id}, name, author);
    note_scores(workspace, kind, id);
    return {};
  });
}

}  // namespace opik::store::sqlite

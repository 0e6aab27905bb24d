// What the writer tells of its changes, while somebody listens.

#include "store/sqlite/writer.h"

namespace opik::store::sqlite {

using model::Field;
using model::Kind;

void Writer::note_change(int64_t workspace, const Noted& noted, const model::Fields& fields) {
  if (!changes_.is_on()) return;
  if (noted.kind == Kind::span) {
    if (const auto trace_id = base::Uuid::from_bytes(fields.text(Field::trace_id))) changes_.of(workspace, *trace_id).spans = true;
    return;
  }
  TraceChange& change = changes_.of(workspace, noted.id);
  if (noted.is_new) change.what = TraceChange::What::created;
  model::each_field([&](Field f) {
    if (noted.carried.has(f)) change.fields.add(f);
  });
}

void Writer::note_scores(int64_t workspace, Kind kind, const base::Uuid& id) {
  if (!changes_.is_on()) return;
  if (kind == Kind::trace) {
    changes_.of(workspace, id).scores = true;
  } else if (const std::optional<Row> span = find(kind, workspace, id)) {
    note_change(workspace, {kind, id, false, {}}, span->shown);
  }
}

// How the trace stands. False: it is not there (yet), or the deletion has said all.
bool Writer::describe(TraceChange& change) {
  if (change.what == TraceChange::What::deleted) return true;
  const std::optional<Row> row = find(Kind::trace, change.workspace, change.id);
  if (!row) return false;
  change.project = row->shown.integer(Field::project);
  change.name = row->shown.text(Field::name);
  if (row->shown.has(Field::start_time)) change.start_time_ns = row->shown.integer(Field::start_time);
  if (row->shown.has(Field::end_time)) change.end_time_ns = row->shown.integer(Field::end_time);
  return true;
}

}  // namespace opik::store::sqlite

#include "store/sqlite/column_source.h"

#include <fmt/format.h>

#include <limits>

#include "codec/decode.h"
#include "store/sqlite/guardrails.h"
#include "store/sqlite/row.h"

namespace opik::store::sqlite {
namespace {

using model::Kind;

std::string make_sql(Kind kind, ColumnSource::Which which) {
  const bool is_trace = kind == Kind::trace;
  std::string condition = "WHERE n BETWEEN ?1 AND ?2";
  if (which == ColumnSource::Which::of_project)
    condition = fmt::format("INDEXED BY {}s_by_project WHERE project_n = ?1", model::kind_name(kind));
  if (which == ColumnSource::Which::of_trace) condition = "INDEXED BY spans_by_trace WHERE project_n = ?1 AND trace_id = ?2";
  return fmt::format(
      "SELECT n, workspace_n, project_n, id, start_time_ns, end_time_ns, created_at_us, last_updated_at_us, ttft_ms, name, tags, source, "
      "error_type, (input_bytes IS NOT NULL) + 2 * (output_bytes IS NOT NULL) + 4 * (metadata_bytes IS NOT NULL), {} FROM {} {}",
      is_trace ? "thread_id" : "trace_id, parent_span_id, type, model, provider, total_estimated_cost, usage", tables_of(kind).rows,
      condition);
}

const std::string& sql_of(Kind kind, ColumnSource::Which which) {
  using Which = ColumnSource::Which;
  static const std::string kTraces[] = {make_sql(Kind::trace, Which::of_project), "", make_sql(Kind::trace, Which::by_number)};
  static const std::string kSpans[] = {make_sql(Kind::span, Which::of_project), make_sql(Kind::span, Which::of_trace),
                                       make_sql(Kind::span, Which::by_number)};
  return (kind == Kind::trace ? kTraces : kSpans)[static_cast<size_t>(which)];
}

double real_or_nan(const Statement& rows, int at) { return rows.is_null(at) ? std::numeric_limits<double>::quiet_NaN() : rows.real(at); }

base::Uuid uuid_or_zeros(const Statement& rows, int at) { return rows.is_null(at) ? base::Uuid{} : rows.uuid(at); }

}  // namespace

ColumnSource::ColumnSource(Connection& db, Kind kind, Which which) : db_(db), kind_(kind), rows_(db.prepared(sql_of(kind, which))) {
  Statement& any = db.prepared("SELECT EXISTS (SELECT 1 FROM feedback_scores WHERE entity = ?1)");
  ResetGuard guard(any);
  any.bind_text(1, model::kind_name(kind)).step();
  has_scores_ = any.integer(0) != 0;
  has_checks_ = kind == Kind::trace && db.integer("SELECT EXISTS (SELECT 1 FROM guardrail_checks)") != 0;
}

uint32_t ColumnSource::text(int at, ColumnNames& names) const {
  return rows_.is_null(at) ? Strings::kNone : names.strings.number_of(rows_.text(at));
}

void ColumnSource::append(Chunk& to, ColumnNames& names) {
  const base::Uuid id = rows_.uuid(3);
  to.n.push_back(n());
  to.id.push_back(id);
  to.start_ns.push_back(rows_.integer(4));
  to.end_ns.push_back(rows_.is_null(5) ? kNoTime : rows_.integer(5));
  to.created_us.push_back(rows_.integer(6));
  to.updated_us.push_back(rows_.integer(7));
  to.ttft_ms.push_back(real_or_nan(rows_, 8));
  to.name.push_back(text(9, names));
  to.tags.push_back(text(10, names));
  to.source.push_back(text(11, names));
  to.error_type.push_back(text(12, names));
  to.payload.push_back(static_cast<uint8_t>(rows_.integer(13)));
  if (kind_ == Kind::trace) {
    to.trace.push_back(names.traces.number_of(id));
    to.thread.push_back(text(14, names));
    to.failed_checks.push_back(has_checks_ ? static_cast<uint32_t>(count_failed_checks(db_, rows_.integer(1), id)) : 0);
  } else {
    to.trace.push_back(names.traces.number_of(uuid_or_zeros(rows_, 14)));
    to.parent.push_back(uuid_or_zeros(rows_, 15));
    to.type.push_back(text(16, names));
    to.model.push_back(text(17, names));
    to.provider.push_back(text(18, names));
    to.cost.push_back(real_or_nan(rows_, 19));
    append_usage(rows_.text(20), to, names);
  }
  append_scores(to, names);
}

void ColumnSource::append_usage(std::string_view json, Chunk& to, ColumnNames& names) {
  model::TokenCounts counts;
  codec::add_usage(json, counts);
  std::vector<uint32_t> counted;
  counted.reserve(counts.size());
  for (const auto& [name, count] : counts) {
    counted.push_back(names.strings.number_of(name));
    to.usage.values.push_back(count);
  }
  to.usage_names.push_back(names.usage.number_of(counted));
  to.usage.close_row();
}

void ColumnSource::append_scores(Chunk& to, ColumnNames& names) {
  if (has_scores_) {
    Statement& scores =
        db_.prepared("SELECT name, value_nano FROM feedback_scores WHERE workspace_n = ?1 AND entity = ?2 AND entity_id = ?3");
    ResetGuard guard(scores);
    scores.bind(1, rows_.integer(1)).bind_text(2, model::kind_name(kind_)).bind_blob(3, rows_.blob(3));
    while (scores.step()) to.scores.values.push_back({names.strings.number_of(scores.text(0)), 0, scores.integer(1)});
  }
  to.scores.close_row();
}

}  // namespace opik::store::sqlite

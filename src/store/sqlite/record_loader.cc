#include "store/sqlite/record_loader.h"

#include <algorithm>

#include "codec/decode.h"
#include "model/sum.h"
#include "store/sqlite/comments.h"
#include "store/sqlite/guardrails.h"
#include "store/sqlite/projects.h"
#include "store/sqlite/scores.h"
#include "store/sqlite/select.h"

namespace opik::store::sqlite {

using model::Field;
using model::Kind;
using model::Record;

RecordLoader::RecordLoader(Connection& db, const PayloadCodec& codec, Kind kind, int64_t workspace)
    : db_(db), codec_(codec), kind_(kind), workspace_(workspace) {
  has_scores_ = has_scores(db, workspace, model::kind_name(kind));
  has_span_scores_ = kind == Kind::trace && has_scores(db, workspace, model::kind_name(Kind::span));
}

Record RecordLoader::load(int64_t n, bool with_payload) { return to_record(load_row(db_, codec_, kind_, n, with_payload)); }

std::vector<Record> RecordLoader::load(const std::vector<int64_t>& numbers, bool with_payload) {
  std::vector<Record> records(numbers.size());
  each_row(db_, codec_, kind_, numbers, with_payload, [&](size_t at, Row row) { records[at] = to_record(std::move(row)); });
  annotate(numbers, records);
  return records;
}

void RecordLoader::annotate(const std::vector<int64_t>& numbers, std::vector<Record>& records) {
  const bool is_trace = kind_ == Kind::trace;
  const bool has_checks = is_trace && has_guardrail_checks(db_, workspace_);
  if (records.empty() || (!has_comments(db_, workspace_) && !has_checks)) return;
  std::unordered_map<base::Uuid, Record*, base::UuidHash> by_id;
  for (Record& record : records) by_id.emplace(record.id, &record);
  each_comment(db_, workspace_, is_trace ? model::Subject::trace : model::Subject::span, numbers,
               [&](model::Comment comment) { by_id.at(comment.subject_id)->comments.push_back(std::move(comment)); });
  if (!has_checks) return;
  each_guardrail_check(db_, workspace_, numbers,
                       [&](model::GuardrailCheck check) { by_id.at(check.trace_id)->guardrails.push_back(std::move(check)); });
}

Record RecordLoader::to_record(Row row) {
  facts_ = std::move(row.facts);
  Record record;
  record.kind = kind_;
  record.id = row.id;
  record.cost = row.cost;
  record.view.pending = !row.kept.base;
  record.view.created_at_us = row.kept.created_at_us;
  record.view.last_updated_at_us = row.kept.last_updated_at_us;
  const int64_t project_number = row.shown.integer(Field::project);
  record.view.fields = std::move(row.shown);
  const model::Project& project = project_of(project_number);
  record.project_id = project.id;
  record.project_name = project.name;
  if (has_scores_) record.scores = read_scores(db_, {workspace_, model::kind_name(kind_), record.id});
  if (kind_ == Kind::trace) load_totals(record, project_number);
  return record;
}

const model::Project& RecordLoader::project_of(int64_t number) {
  const auto found = projects_.find(number);
  if (found != projects_.end()) return found->second;
  std::optional<model::Project> project = find_project_by_number(db_, number);
  if (!project) throw SqlError(SQLITE_CORRUPT, "a row of a project that is not there");
  return projects_.emplace(number, *std::move(project)).first->second;
}

void RecordLoader::load_totals(Record& record, int64_t project) {
  model::TraceTotals& totals = record.totals;
  model::Sum cost;
  Statement& spans = db_.prepared("SELECT type, usage, total_estimated_cost, provider FROM spans WHERE project_n = ?1 AND trace_id = ?2");
  ResetGuard guard(spans);
  spans.bind(1, project).bind(2, record.id);
  while (spans.step()) {
    ++totals.span_count;
    const std::string_view type = spans.text(0);
    totals.llm_span_count += type == "llm";
    totals.has_tool_spans |= type == "tool";
    if (!spans.is_null(1)) codec::add_usage(spans.text(1), totals.usage);
    cost.add(spans.real(2));
    if (spans.is_null(3)) continue;
    const std::string_view provider = spans.text(3);
    const auto at = std::lower_bound(totals.providers.begin(), totals.providers.end(), provider);
    if (at == totals.providers.end() || *at != provider) totals.providers.emplace(at, provider);
  }
  totals.cost = cost.value();
  if (!has_span_scores_ || totals.span_count == 0) return;
  Statement& scores = db_.prepared(
      "SELECT f.entity_id, f.name, f.author, f.value_nano, f.category_name, f.reason, f.source, f.created_at_us, f.last_updated_at_us "
      "FROM spans s JOIN feedback_scores f ON f.workspace_n = s.workspace_n AND f.entity = 'span' AND f.entity_id = s.id "
      "WHERE s.project_n = ?1 AND s.trace_id = ?2 ORDER BY f.name, f.entity_id, f.author");
  ResetGuard scores_guard(scores);
  scores.bind(1, project).bind(2, record.id);
  while (scores.step()) totals.span_scores.push_back(score_of(scores));
}

}  // namespace opik::store::sqlite

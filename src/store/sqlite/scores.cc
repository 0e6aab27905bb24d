#include "store/sqlite/scores.h"

namespace opik::store::sqlite {
namespace {

void bind_optional(Statement& statement, int at, const std::optional<std::string>& text) {
  if (text) {
    statement.bind_text(at, *text);
  } else {
    statement.bind_null(at);
  }
}

}  // namespace

void put_score(Connection& db, const ScoredEntity& entity, int64_t project, const model::FeedbackScore& score) {
  Statement& put = db.prepared(
      "INSERT INTO feedback_scores (workspace_n, entity, entity_id, name, author, project_n, value_nano, category_name, reason, source, "
      "created_at_us, last_updated_at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) "
      "ON CONFLICT DO UPDATE SET project_n = excluded.project_n, value_nano = excluded.value_nano, category_name = "
      "excluded.category_name, reason = excluded.reason, source = excluded.source, last_updated_at_us = excluded.last_updated_at_us");
  put.bind(1, entity.workspace).bind_text(2, entity.kind).bind(3, entity.id).bind_text(4, score.name).bind_text(5, score.author);
  put.bind(6, project).bind(7, score.value_nano);
  bind_optional(put, 8, score.category_name);
  bind_optional(put, 9, score.reason);
  put.bind_text(10, score.source).bind(11, score.created_at_us).bind(12, score.last_updated_at_us).run();
}

void delete_score(Connection& db, const ScoredEntity& entity, std::string_view name, std::string_view author) {
  db.prepared(
        "DELETE FROM feedback_scores WHERE workspace_n = ?1 AND entity = ?2 AND entity_id = ?3 AND name = ?4 AND (?5 = '' OR author = ?5)")
      .bind(1, entity.workspace)
      .bind_text(2, entity.kind)
      .bind(3, entity.id)
      .bind_text(4, name)
      .bind_text(5, author)
      .run();
}

void delete_scores(Connection& db, const ScoredEntity& entity) {
  db.prepared("DELETE FROM feedback_scores WHERE workspace_n = ?1 AND entity = ?2 AND entity_id = ?3")
      .bind(1, entity.workspace)
      .bind_text(2, entity.kind)
      .bind(3, entity.id)
      .run();
}

std::vector<model::FeedbackScore> read_scores(Connection& db, const ScoredEntity& entity) {
  Statement& rows = db.prepared(
      "SELECT entity_id, name, author, value_nano, category_name, reason, source, created_at_us, last_updated_at_us FROM feedback_scores "
      "WHERE workspace_n = ?1 AND entity = ?2 AND entity_id = ?3 ORDER BY name, author");
  ResetGuard guard(rows);
  rows.bind(1, entity.workspace).bind_text(2, entity.kind).bind(3, entity.id);
  std::vector<model::FeedbackScore> scores;
  while (rows.step()) scores.push_back(score_of(rows));
  return scores;
}

bool has_scores(Connection& db, int64_t workspace, std::string_view kind) {
  Statement& any = db.prepared("SELECT EXISTS (SELECT 1 FROM feedback_scores WHERE workspace_n = ?1 AND entity = ?2)");
  ResetGuard guard(any);
  any.bind(1, workspace).bind_text(2, kind).step();
  return any.integer(0) != 0;
}

model::FeedbackScore score_of(const Statement& row) {
  model::FeedbackScore score;
  score.entity_id = row.uuid(0);
  score.name = row.text(1);
  score.author = row.text(2);
  score.value_nano = row.integer(3);
  if (!row.is_null(4)) score.category_name = std::string(row.text(4));
  if (!row.is_null(5)) score.reason = std::string(row.text(5));
  score.source = row.text(6);
  score.created_at_us = row.integer(7);
  score.last_updated_at_us = row.integer(8);
  return score;
}

}  // namespace opik::store::sqlite

#pragma once
// Rows of feedback_scores, of whatever entity they are: "trace", "span", "thread". Throw SqlError.

#include <string>
#include <string_view>
#include <vector>

#include "model/record.h"
#include "store/sqlite/connection.h"

namespace opik::store::sqlite {

struct ScoredEntity {
  int64_t workspace = 0;
  std::string_view kind;
  base::Uuid id;
};

// Replaces what the same author said under the same name.
void put_score(Connection& db, const ScoredEntity& entity, int64_t project, const model::FeedbackScore& score);
// `author` empty: of every author.
void delete_score(Connection& db, const ScoredEntity& entity, std::string_view name, std::string_view author);
void delete_scores(Connection& db, const ScoredEntity& entity);

// By name, then author.
std::vector<model::FeedbackScore> read_scores(Connection& db, const ScoredEntity& entity);
// Whether any entity of that kind has one.
bool has_scores(Connection& db, int64_t workspace, std::string_view kind);

// A score from a row's entity_id, name, author, value_nano, category_name, reason, source, created_at_us, last_updated_at_us.
model::FeedbackScore score_of(const Statement& row);

}  // namespace opik::store::sqlite

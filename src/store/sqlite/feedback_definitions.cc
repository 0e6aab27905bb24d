#include "store/sqlite/feedback_definitions.h"

#include <algorithm>

#include "store/sqlite/projects.h"
#include "store/sqlite/reader_pool.h"

namespace opik::store::sqlite {
namespace {

using base::Code;
using base::Error;
using base::Result;
using model::FeedbackDefinition;

#define OPIK_DEFINITION_COLUMNS "id, name, description, type, details, created_at_us, last_updated_at_us"

FeedbackDefinition read_definition(const Statement& row) {
  FeedbackDefinition definition;
  definition.id = row.uuid(0);
  definition.name = row.text(1);
  if (!row.is_null(2)) definition.description = std::string(row.text(2));
  const auto* const known = std::find(std::begin(model::kFeedbackTypeNames), std::end(model::kFeedbackTypeNames), row.text(3));
  if (known == std::end(model::kFeedbackTypeNames)) throw SqlError(SQLITE_CORRUPT, "a feedback definition of a type that there is not");
  definition.type = static_cast<model::FeedbackType>(known - std::begin(model::kFeedbackTypeNames));
  definition.details = row.text(4);
  definition.created_at_us = row.integer(5);
  definition.last_updated_at_us = row.integer(6);
  return definition;
}

std::optional<FeedbackDefinition> find_definition(Connection& db, int64_t workspace, const base::Uuid& id) {
  Statement& find = db.prepared("SELECT " OPIK_DEFINITION_COLUMNS " FROM feedback_definitions WHERE workspace_n = ?1 AND id = ?2");
  ResetGuard guard(find);
  if (!find.bind(1, workspace).bind(2, id).step()) return std::nullopt;
  return read_definition(find);
}

Error name_taken() { return {Code::conflict, "Feedback already exists"}; }

}  // namespace

Result<std::optional<FeedbackDefinition>> FeedbackDefinitionRows::find(int64_t workspace, const base::Uuid& id) const {
  return read_guarded(pool_,
                      [&](Connection& db) -> Result<std::optional<FeedbackDefinition>> { return find_definition(db, workspace, id); });
}

Result<FeedbackDefinitionPage> FeedbackDefinitionRows::list(int64_t workspace, const FeedbackDefinitionListing& listing) const {
  return read_guarded(pool_, [&](Connection& db) -> Result<FeedbackDefinitionPage> {
    const std::string key = name_key(listing.name_contains);
    const std::string_view type = listing.type ? model::feedback_type_name(*listing.type) : std::string_view{};
    FeedbackDefinitionPage page;
    Statement& count = db.prepared(
        "SELECT count(*) FROM feedback_definitions WHERE workspace_n = ?1 AND instr(name_key, ?2) > 0 AND (?3 = '' OR type = ?3)");
    ResetGuard count_guard(count);
    if (count.bind(1, workspace).bind_text(2, key).bind_text(3, type).step()) page.total = count.integer(0);
    Statement& rows =
        db.prepared("SELECT " OPIK_DEFINITION_COLUMNS
                    " FROM feedback_definitions WHERE workspace_n = ?1 AND instr(name_key, ?2) > 0 AND (?3 = '' OR type = ?3) "
                    "ORDER BY created_at_us DESC, id DESC LIMIT ?4 OFFSET ?5");
    ResetGuard guard(rows);
    rows.bind(1, workspace).bind_text(2, key).bind_text(3, type).bind(4, listing.limit).bind(5, listing.offset);
    while (rows.step()) page.definitions.push_back(read_definition(rows));
    return page;
  });
}

bool FeedbackDefinitionEdits::is_taken(int64_t workspace, std::string_view key, const base::Uuid& by_other_than) {
  Statement& find = db_.prepared("SELECT 1 FROM feedback_definitions WHERE workspace_n = ?1 AND name_key = ?2 AND id <> ?3");
  ResetGuard guard(find);
  return find.bind(1, workspace).bind_text(2, key).bind(3, by_other_than).step();
}

Result<void> FeedbackDefinitionEdits::create(int64_t workspace, const FeedbackDefinition& definition) {
  return guarded("creating a feedback definition", [&]() -> Result<void> {
    const std::string key = name_key(definition.name);
    if (is_taken(workspace, key, definition.id)) return name_taken();
    Statement& insert = db_.prepared(
        "INSERT INTO feedback_definitions (workspace_n, id, name, name_key, description, type, details, created_at_us, "
        "last_updated_at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    insert.bind(1, workspace)
        .bind(2, definition.id)
        .bind_text(3, definition.name)
        .bind_text(4, key)
        .bind_optional(5, definition.description);
    insert.bind_text(6, model::feedback_type_name(definition.type)).bind_text(7, definition.details);
    insert.bind(8, definition.created_at_us).bind(9, definition.last_updated_at_us).run();
    return {};
  });
}

Result<void> FeedbackDefinitionEdits::update(int64_t workspace, const FeedbackDefinition& definition) {
  return guarded("updating a feedback definition", [&]() -> Result<void> {
    const std::optional<FeedbackDefinition> known = find_definition(db_, workspace, definition.id);
    if (!known) return Error{Code::not_found, "Feedback definition not found"};
    if (known->type != definition.type) {
      return Error{Code::unprocessable, "type must not change: it is " + std::string(model::feedback_type_name(known->type))};
    }
    const std::string key = name_key(definition.name);
    if (is_taken(workspace, key, definition.id)) return name_taken();
    Statement& update = db_.prepared(
        "UPDATE feedback_definitions SET name = ?3, name_key = ?4, description = ?5, details = ?6, last_updated_at_us = ?7 "
        "WHERE workspace_n = ?1 AND id = ?2");
    update.bind(1, workspace)
        .bind(2, definition.id)
        .bind_text(3, definition.name)
        .bind_text(4, key)
        .bind_optional(5, definition.description);
    update.bind_text(6, definition.details).bind(7, definition.last_updated_at_us).run();
    return {};
  });
}

Result<void> FeedbackDefinitionEdits::remove(int64_t workspace, const std::vector<base::Uuid>& ids) {
  return guarded("deleting feedback definitions", [&]() -> Result<void> {
    for (const base::Uuid& id : ids) {
      db_.prepared("DELETE FROM feedback_definitions WHERE workspace_n = ?1 AND id = ?2").bind(1, workspace).bind(2, id).run();
    }
    return {};
  });
}

}  // namespace opik::store::sqlite

#pragma once
// A file as an older opikd left it.

#include <array>
#include <string>
#include <vector>

#include "store/sqlite/connection.h"

namespace opik::store::sqlite {

// Drops the tables, indexes and columns that came after version 1.
inline void take_back_to_version_1(Connection& db) {
  std::vector<std::string> later;
  {
    Statement added(db.handle(), R"sql(
SELECT 'DROP ' || type || ' ' || name FROM sqlite_schema WHERE type IN ('table', 'index') AND name NOT LIKE 'sqlite_%' AND tbl_name || '.' || name NOT IN (
  'meta.meta', 'workspaces.workspaces', 'projects.projects', 'tombstones.tombstones', 'feedback_scores.feedback_scores',
  'dictionaries.dictionaries', 'traces.traces', 'traces.traces_by_project', 'trace_payloads.trace_payloads', 'trace_patches.trace_patches',
  'spans.spans', 'spans.spans_by_project', 'spans.spans_by_trace', 'span_payloads.span_payloads', 'span_patches.span_patches')
ORDER BY type)sql");
    while (added.step()) later.emplace_back(added.text(0));
  }
  for (const std::string& drop : later) db.run(drop);
  db.run(R"sql(
UPDATE spans SET total_estimated_cost = given_cost;
ALTER TABLE spans DROP COLUMN given_cost;
ALTER TABLE spans DROP COLUMN metadata_cost;
ALTER TABLE meta DROP COLUMN costs_due;
)sql");
  db.run("PRAGMA user_version = 1");
}

}  // namespace opik::store::sqlite

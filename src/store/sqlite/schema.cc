#include "store/sqlite/schema.h"

#include <fmt/format.h>

#include <array>

#include "base/check.h"
#include "base/clock.h"
#include "model/record.h"
#include "store/sqlite/limits.h"
#include "store/sqlite/schema_parts.h"

namespace opik::store::sqlite {
namespace {

// Version 1. `_us` and `_ns` are micro- and nanoseconds since 1970; ids are 16 raw bytes; `_n` refers to another table's n.
//
// A row of `traces` or `spans` holds what a reader sees (the view of docs/merge.md) and what the law keeps: base_* and
// first_stamp_us. Only for an entity that was patched, *_patches holds the rest: per patched field its moment, and
// whichever of the two values (the create's, the patch's) is not seen.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE meta (
  last_arrival_us INTEGER NOT NULL      -- the latest time of arrival given to a message; arrivals go on from here
);
INSERT INTO meta VALUES (0);

CREATE TABLE workspaces (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE
);
INSERT INTO workspaces VALUES (1, '0190babc-62a0-71d2-832a-0feffa4676eb', 'default');

CREATE TABLE projects (
  n INTEGER PRIMARY KEY,
  workspace_n INTEGER NOT NULL,
  id BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL,
  name_key TEXT,                        -- lower case; NULL once deleted, so that the name is free again
  description TEXT,
  visibility TEXT NOT NULL,
  created_at_us INTEGER NOT NULL,
  last_updated_at_us INTEGER NOT NULL,
  last_updated_trace_at_us INTEGER,
  trace_count INTEGER NOT NULL DEFAULT 0,   -- rows of `traces` in this project, kept by the writer
  span_count INTEGER NOT NULL DEFAULT 0,
  UNIQUE (workspace_n, name_key)
);

CREATE TABLE traces (
  n INTEGER PRIMARY KEY,                -- also the key in trace_payloads and trace_patches
  workspace_n INTEGER NOT NULL,
  id BLOB NOT NULL,
  project_n INTEGER NOT NULL,
  name TEXT,
  start_time_ns INTEGER NOT NULL,
  end_time_ns INTEGER,
  thread_id TEXT,
  tags TEXT,                            -- JSON array
  error_type TEXT,                      -- of error_info; '' if it names none; NULL: no error
  ttft_ms REAL,
  source TEXT,
  input_bytes INTEGER,                  -- length of the JSON text; NULL: none
  output_bytes INTEGER,
  metadata_bytes INTEGER,
  created_at_us INTEGER NOT NULL,       -- arrival of the first message
  last_updated_at_us INTEGER NOT NULL,  -- greatest stamp of the messages kept
  base_stamp_us INTEGER,                -- of the newest create; NULL: no create is known yet (pending)
  base_arrival_us INTEGER,
  base_is_stamped INTEGER,              -- 1: base_stamp_us is the client's last_updated_at
  base_hash INTEGER,
  first_stamp_us INTEGER,               -- least stamp of any create, if it is not base_stamp_us
  is_patched INTEGER,                   -- 1: there is a row in trace_patches
  UNIQUE (workspace_n, id)
);
CREATE INDEX traces_by_project ON traces (project_n, id);

CREATE TABLE trace_payloads (
  n INTEGER PRIMARY KEY,
  payload BLOB NOT NULL                 -- a zstd frame of input, output, metadata, error_info; it names its dictionary
);

CREATE TABLE trace_patches (
  n INTEGER PRIMARY KEY,
  cells BLOB NOT NULL
);

CREATE TABLE spans (
  n INTEGER PRIMARY KEY,
  workspace_n INTEGER NOT NULL,
  id BLOB NOT NULL,
  project_n INTEGER NOT NULL,
  trace_id BLOB,
  parent_span_id BLOB,
  name TEXT,
  type TEXT,
  start_time_ns INTEGER NOT NULL,
  end_time_ns INTEGER,
  model TEXT,
  provider TEXT,
  usage TEXT,                           -- JSON object: name -> tokens
  total_estimated_cost REAL,            -- US dollars
  tags TEXT,
  error_type TEXT,
  ttft_ms REAL,
  source TEXT,
  input_bytes INTEGER,
  output_bytes INTEGER,
  metadata_bytes INTEGER,
  created_at_us INTEGER NOT NULL,
  last_updated_at_us INTEGER NOT NULL,
  base_stamp_us INTEGER,
  base_arrival_us INTEGER,
  base_is_stamped INTEGER,
  base_hash INTEGER,
  first_stamp_us INTEGER,
  is_patched INTEGER,
  UNIQUE (workspace_n, id)
);
CREATE INDEX spans_by_project ON spans (project_n, id);
CREATE INDEX spans_by_trace ON spans (project_n, trace_id, parent_span_id, id);  -- the order of Opik's listings, backwards

CREATE TABLE span_payloads (
  n INTEGER PRIMARY KEY,
  payload BLOB NOT NULL
);

CREATE TABLE span_patches (
  n INTEGER PRIMARY KEY,
  cells BLOB NOT NULL
);

CREATE TABLE tombstones (               -- deleted traces: older messages about them, and about their spans, have no effect
  workspace_n INTEGER NOT NULL,
  trace_id BLOB NOT NULL,
  gone_stamp_us INTEGER NOT NULL,
  gone_arrival_us INTEGER NOT NULL,
  PRIMARY KEY (workspace_n, trace_id)
) WITHOUT ROWID;

CREATE TABLE feedback_scores (
  workspace_n INTEGER NOT NULL,
  entity TEXT NOT NULL,                 -- trace, span
  entity_id BLOB NOT NULL,              -- need not exist
  name TEXT NOT NULL,
  author TEXT NOT NULL,
  project_n INTEGER NOT NULL,
  value_nano INTEGER NOT NULL,          -- value x 10^9
  category_name TEXT,
  reason TEXT,
  source TEXT NOT NULL,
  created_at_us INTEGER NOT NULL,
  last_updated_at_us INTEGER NOT NULL,
  PRIMARY KEY (workspace_n, entity, entity_id, name, author)
) WITHOUT ROWID;

CREATE TABLE dictionaries (             -- zstd dictionaries trained from this file's payloads; frames refer to them by n
  n INTEGER PRIMARY KEY,
  created_at_us INTEGER NOT NULL,
  payloads_seen INTEGER NOT NULL,
  dictionary BLOB NOT NULL
);
)sql";

// The part of a view that both kinds share: ids and times as text, sizes of payloads.
std::string list_view(const std::string& kind, const std::string& own_columns) {
  const auto id_text = [](const std::string& column) {
    return fmt::format(
        "lower(substr(hex({0}),1,8)||'-'||substr(hex({0}),9,4)||'-'||substr(hex({0}),13,4)||'-'||substr(hex({0}),17,4)||'-'||substr(hex({0}"
        "),21))",
        column);
  };
  const auto time_text = [](const std::string& column) {
    return fmt::format("strftime('%Y-%m-%dT%H:%M:%fZ', {0} / 1e9, 'unixepoch')", column);
  };
  std::string own = own_columns;
  if (kind == "span") {
    own = fmt::format("{} AS trace_id, CASE WHEN e.parent_span_id IS NOT NULL THEN {} END AS parent_span_id, {}", id_text("e.trace_id"),
                      id_text("e.parent_span_id"), own_columns);
  }
  return fmt::format(
      "CREATE VIEW {0}_list AS SELECT e.n, w.name AS workspace, p.name AS project, {1} AS id, e.name, {2}, {3} AS start_time, {4} AS "
      "end_time, "
      "(e.end_time_ns - e.start_time_ns) / 1e6 AS duration_ms, e.tags, e.error_type, e.source, e.base_stamp_us IS NULL AS is_pending, "
      "e.input_bytes, e.output_bytes, e.metadata_bytes, length(y.payload) AS stored_bytes "
      "FROM {0}s e JOIN workspaces w ON w.n = e.workspace_n JOIN projects p ON p.n = e.project_n LEFT JOIN {0}_payloads y ON y.n = e.n;",
      kind, id_text("e.id"), own, time_text("e.start_time_ns"), time_text("e.end_time_ns"));
}

void to_version_1(Connection& db) {
  db.run(kVersion1);
  const int64_t now_us = base::now_us();
  Statement seed(db.handle(),
                 "INSERT INTO projects (workspace_n, id, name, name_key, description, visibility, created_at_us, last_updated_at_us) "
                 "VALUES (1, ?1, ?2, lower(?2), ?3, 'private', ?4, ?4)");
  const std::optional<base::Uuid> id = base::Uuid::parse(model::kDefaultProjectId);
  base::check(id.has_value(), "the default project's id is a UUID");
  seed.bind(1, *id).bind_text(2, model::kDefaultProject).bind_text(3, model::kDefaultProjectDescription).bind(4, now_us).run();
  db.run(list_view("trace", "e.thread_id"));
  db.run(list_view("span", "e.type, e.model, e.provider, e.usage, e.total_estimated_cost"));
}

void to_version_2(Connection& db) {
  add_thread_tables(db);
  add_feedback_definition_tables(db);
  add_comment_tables(db);
  add_guardrail_tables(db);
  add_workspace_configuration_tables(db);
  add_name_indexes(db);
  add_cost_columns(db);
  add_otlp_trace_tables(db);
  add_attachment_tables(db);
}

// kMigrations[v] brings a file of version v to v + 1.
constexpr std::array<void (*)(Connection&), kSchemaVersion> kMigrations{to_version_1, to_version_2};

void refuse_foreign(Connection& db) {
  const int64_t application = db.integer("PRAGMA application_id");
  const int64_t version = db.integer("PRAGMA user_version");
  const int64_t tables = db.integer("SELECT count(*) FROM sqlite_schema");
  if (application != kApplicationId && tables > 0) {
    throw SqlError(SQLITE_NOTADB, fmt::format("expected a database of opikd (application_id {:#x}), found one of another program ({:#x})",
                                              kApplicationId, application));
  }
  if (version > kSchemaVersion) {
    throw SqlError(SQLITE_ERROR,
                   fmt::format("the file has schema version {}, this opikd knows up to {}: use the newer opikd that wrote it, or "
                               "another data directory; nothing was changed",
                               version, kSchemaVersion));
  }
}

}  // namespace

void prepare_schema(Connection& db) {
  refuse_foreign(db);
  const int64_t version = db.integer("PRAGMA user_version");
  if (version == 0) db.run(fmt::format("PRAGMA page_size = {}", kPageBytes));
  if (db.integer("SELECT journal_mode = 'wal' FROM pragma_journal_mode") == 0) db.run("PRAGMA journal_mode = WAL");
  for (int64_t from = version; from < kSchemaVersion; ++from) {
    db.run("BEGIN IMMEDIATE");
    kMigrations[static_cast<size_t>(from)](db);
    db.run(fmt::format("PRAGMA application_id = {}", kApplicationId));
    db.run(fmt::format("PRAGMA user_version = {}", from + 1));
    db.run("COMMIT");
  }
}

void check_schema(Connection& db) {
  refuse_foreign(db);
  const int64_t version = db.integer("PRAGMA user_version");
  if (version < kSchemaVersion) {
    throw SqlError(SQLITE_ERROR,
                   fmt::format("the file has schema version {}, expected {}: serve it once with this opikd", version, kSchemaVersion));
  }
}

}  // namespace opik::store::sqlite

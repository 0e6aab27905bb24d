#pragma once
// Rows of the database -> columns.
//
//   ColumnSource source(db, Kind::span, ColumnSource::Which::of_project);
//   for (Statement& rows = source.of(project); rows.step();) source.append(chunk, names);

#include <optional>

#include "store/sqlite/column_table.h"
#include "store/sqlite/connection.h"

namespace opik::store::sqlite {

class ColumnSource {
 public:
  // Statements are the connection's: one source of a sort at a time.
  enum class Which : uint8_t { of_project, of_trace, by_number };
  ColumnSource(Connection& db, model::Kind kind, Which which);
  ~ColumnSource() { rows_.reset(); }
  ColumnSource(const ColumnSource&) = delete;

  Statement& of_project(int64_t project) { return rows_.bind(1, project); }
  Statement& of_trace(int64_t project, const base::Uuid& id) { return rows_.bind(1, project).bind(2, id); }  // spans
  Statement& by_number(int64_t first, int64_t last) { return rows_.bind(1, first).bind(2, last); }

  // Of the row that the statement stands at.
  int64_t n() const { return rows_.integer(0); }
  int64_t project() const { return rows_.integer(2); }
  void append(Chunk& to, ColumnNames& names);

 private:
  uint32_t text(int at, ColumnNames& names) const;
  void append_usage(std::string_view json, Chunk& to, ColumnNames& names);
  void append_scores(Chunk& to, ColumnNames& names);

  Connection& db_;
  const model::Kind kind_;
  Statement& rows_;
  bool has_scores_ = false;  // of any entity of the kind
  bool has_checks_ = false;  // of guardrails, on any trace
};

}  // namespace opik::store::sqlite

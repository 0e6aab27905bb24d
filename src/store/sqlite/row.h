#pragma once
// An entity <-> its row, its payload and its patches. The one place that knows which field is in which column.
//
//   row of traces/spans     what a reader sees, and the moments that the law keeps
//   *_payloads              what a reader sees of input, output, metadata, error_info
//   *_patches (if patched)  per patched field: its moment, who is seen, and the value that is not
//
// Pure translation: no SQL is run here beyond binding and reading columns.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/entity.h"
#include "store/sqlite/connection.h"

namespace opik::store::sqlite {

// What the narrow row says of the payload, so that lists and statistics need not open it.
struct PayloadFacts {
  std::optional<std::string> error_type;
  std::optional<int64_t> input_bytes;
  std::optional<int64_t> output_bytes;
  std::optional<int64_t> metadata_bytes;

  static PayloadFacts of(const model::Fields& fields);
  // Whether `fields`, read from the payload, are what these were taken from, as far as lengths tell.
  bool fit(const model::Fields& fields) const;
};

// What the law keeps besides values.
struct Kept {
  int64_t created_at_us = 0;
  int64_t last_updated_at_us = 0;
  std::optional<model::Moment> base;  // nothing: pending
  uint64_t base_hash = 0;
  int64_t first_stamp_us = 0;  // of any create; meaningless while pending
  bool is_patched = false;
};

struct Row {
  int64_t n = 0;
  base::Uuid id;
  model::Fields shown;  // the narrow fields; payload fields once they were read
  PayloadFacts facts;
  Kept kept;
};

// "traces" or "spans", and the tables beside them.
struct Tables {
  std::string rows;
  std::string payloads;
  std::string patches;
};
const Tables& tables_of(model::Kind kind);

// SQL texts over all columns, made once per kind.
struct RowSql {
  std::string select;  // "SELECT n, id, ... FROM spans WHERE ": a condition follows
  std::string insert;  // ?1.. in the order of bind_row; does nothing if the id is there
  std::string update;  // the same parameters, behind them n
};
const RowSql& row_sql(model::Kind kind);

// Binds all columns of a row; returns the next free parameter position. The arguments must live until the statement ran.
int bind_row(Statement& statement, model::Kind kind, int64_t workspace, const base::Uuid& id, const model::Fields& shown,
             const PayloadFacts& facts, const Kept& kept);
// Reads what RowSql::select gives.
Row read_row(const Statement& statement, model::Kind kind);

// The entity that a row, with the payload it needs in `row.shown`, and its cells (empty: not patched) stand for; and back.
model::Entity to_entity(Row row, std::string_view cells);
Kept kept_of(const model::Entity& entity, const model::View& view);
std::string encode_cells(const model::Entity& entity);

}  // namespace opik::store::sqlite

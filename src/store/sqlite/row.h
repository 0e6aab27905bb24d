#pragma once
// Fields <-> columns: the one place that knows which field is in which column.
//
//   row of traces/spans     what a reader sees, and the moments that the law keeps
//   *_payloads              what a reader sees of input, output, metadata, error_info (payload.h)
//   *_patches (if patched)  what is kept beside that (cells.h)
//
// Pure translation: no SQL is run here beyond binding and reading columns.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cost/prices.h"
#include "model/entity.h"
#include "store/sqlite/connection.h"

namespace opik::store::sqlite {

// What the narrow row says of the payload, so that lists and statistics need not open it.
struct PayloadFacts {
  std::optional<std::string> error_type;
  std::optional<int64_t> input_bytes;
  std::optional<int64_t> output_bytes;
  std::optional<int64_t> metadata_bytes;
  std::optional<double> metadata_cost;  // spans only

  static PayloadFacts of(model::Kind kind, const model::Fields& fields);
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
  double cost = 0;  // spans only: derived of the fields and facts; 0 if unknown
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
  std::string select;      // "SELECT n, id, ... FROM spans WHERE ": a condition follows
  std::string select_one;  // by n, ?1
  // The same, and behind the columns the payload's frame. With `many`, ?1 is a JSON array of n, and rows come by ascending n.
  std::string select_one_with_payload;
  std::string select_many;
  std::string select_many_with_payload;
  std::string insert;  // ?1.. in the order of bind_row; does nothing if the id is there
  std::string update;  // the same parameters, behind them n
};
const RowSql& row_sql(model::Kind kind);

// Appends all columns of a row, but for its workspace and project, as bytes that bind_row() understands: a row made ready on one
// thread and written on another, in one piece of memory. What a span costs is computed here, of what is written beside it.
void append_row(std::string& out, model::Kind kind, const base::Uuid& id, const model::Fields& shown, const PayloadFacts& facts,
                const Kept& kept, const cost::PriceTable& prices);
struct Place {
  int64_t workspace = 0;
  int64_t project = 0;
};
// Returns the next free parameter position. `row` must live until the statement ran.
int bind_row(Statement& statement, const Place& place, std::string_view row);
// What append_row() was given, but for the project.
struct NarrowRow {
  model::Fields fields;
  PayloadFacts facts;
};
NarrowRow read_narrow(model::Kind kind, std::string_view row);
// Reads what RowSql::select gives.
Row read_row(const Statement& statement, model::Kind kind);
int payload_column(model::Kind kind);  // of the selects with payload

}  // namespace opik::store::sqlite

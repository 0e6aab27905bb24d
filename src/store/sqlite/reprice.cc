#include "store/sqlite/reprice.h"

#include <string>

#include "codec/metadata_cost.h"
#include "cost/span_cost.h"

namespace opik::store::sqlite {
namespace {

using model::Field;

std::optional<double> cost_told(Connection& db, const PayloadCodec& codec, int64_t n) {
  Statement& read = db.prepared("SELECT payload FROM span_payloads WHERE n = ?1");
  ResetGuard guard(read);
  if (!read.bind(1, n).step()) return std::nullopt;
  model::Fields payload;
  decode_record(codec.decompress(read.blob(0)), payload);
  return codec::metadata_cost(payload.text(Field::metadata));
}

void set_optional(model::Fields& fields, Field field, const Statement& row, int column) {
  if (!row.is_null(column)) fields[field] = std::string(row.text(column));
}

void bind_optional(Statement& statement, int at, std::optional<double> value) {
  if (value) {
    statement.bind(at, *value);
  } else {
    statement.bind_null(at);
  }
}

}  // namespace

bool are_costs_due(Connection& db) { return db.integer("SELECT costs_due FROM meta") != 0; }

int64_t reprice_spans(Connection& db, const PayloadCodec& codec, const cost::PriceTable& prices) {
  const bool reads_metadata = are_costs_due(db);
  Statement spans(db.handle(),
                  "SELECT n, given_cost, model, provider, usage, metadata_bytes, metadata_cost, total_estimated_cost FROM spans "
                  "WHERE usage IS NOT NULL OR metadata_bytes IS NOT NULL OR given_cost IS NOT NULL OR total_estimated_cost IS NOT NULL");
  Statement update(db.handle(), "UPDATE spans SET metadata_cost = ?2, total_estimated_cost = ?3 WHERE n = ?1");
  const auto optional = [&](int column) { return spans.is_null(column) ? std::nullopt : std::optional(spans.real(column)); };
  int64_t changed = 0;
  while (spans.step()) {
    const int64_t n = spans.integer(0);
    model::Fields span;
    if (const std::optional<double> given = optional(1)) span[Field::cost] = *given;
    set_optional(span, Field::model, spans, 2);
    set_optional(span, Field::provider, spans, 3);
    set_optional(span, Field::usage, spans, 4);
    const bool reads_this = reads_metadata && !spans.is_null(5);
    const std::optional<double> told = reads_this ? cost_told(db, codec, n) : optional(6);
    const std::optional<double> cost = cost::span_cost(prices, span, told);
    if (cost == optional(7) && told == optional(6)) continue;
    changed += cost != optional(7);
    update.bind(1, n);
    bind_optional(update, 2, told);
    bind_optional(update, 3, cost);
    update.run();
  }
  db.run("UPDATE meta SET costs_due = 0");
  return changed;
}

}  // namespace opik::store::sqlite

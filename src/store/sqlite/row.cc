#include "store/sqlite/row.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <span>
#include <vector>

#include "codec/decode.h"
#include "codec/metadata_cost.h"
#include "cost/span_cost.h"
#include "store/sqlite/bytes.h"

namespace opik::store::sqlite {
namespace {

using model::Field;
using model::Kind;

enum class Type : uint8_t { integer, real, text, blob };

struct Column {
  Field field;
  const char* name;
  Type type;
};

constexpr std::array kTraceColumns{
    Column{Field::name, "name", Type::text},
    Column{Field::start_time, "start_time_ns", Type::integer},
    Column{Field::end_time, "end_time_ns", Type::integer},
    Column{Field::thread_id, "thread_id", Type::text},
    Column{Field::tags, "tags", Type::text},
    Column{Field::ttft, "ttft_ms", Type::real},
    Column{Field::source, "source", Type::text},
};

constexpr std::array kSpanColumns{
    Column{Field::trace_id, "trace_id", Type::blob},
    Column{Field::parent_span_id, "parent_span_id", Type::blob},
    Column{Field::name, "name", Type::text},
    Column{Field::type, "type", Type::text},
    Column{Field::start_time, "start_time_ns", Type::integer},
    Column{Field::end_time, "end_time_ns", Type::integer},
    Column{Field::model, "model", Type::text},
    Column{Field::provider, "provider", Type::text},
    Column{Field::usage, "usage", Type::text},
    Column{Field::cost, "given_cost", Type::real},
    Column{Field::tags, "tags", Type::text},
    Column{Field::ttft, "ttft_ms", Type::real},
    Column{Field::source, "source", Type::text},
};

// Behind the fields: what a span's metadata says of its cost, and what it costs.
constexpr std::array kSpanCostColumns{"metadata_cost", "total_estimated_cost"};

constexpr std::array kCommonColumns{"error_type",      "input_bytes",        "output_bytes",   "metadata_bytes",
                                    "created_at_us",   "last_updated_at_us", "base_stamp_us",  "base_arrival_us",
                                    "base_is_stamped", "base_hash",          "first_stamp_us", "is_patched"};

std::span<const Column> columns_of(Kind kind) {
  return kind == Kind::trace ? std::span<const Column>(kTraceColumns) : std::span<const Column>(kSpanColumns);
}

RowSql make_sql(Kind kind) {
  std::vector<std::string> names{"workspace_n", "project_n", "id"};
  for (const Column& column : columns_of(kind)) names.emplace_back(column.name);
  if (kind == Kind::span) names.insert(names.end(), kSpanCostColumns.begin(), kSpanCostColumns.end());
  for (const char* name : kCommonColumns) names.emplace_back(name);

  std::vector<std::string> parameters;
  std::vector<std::string> assignments;
  for (size_t i = 0; i < names.size(); ++i) {
    parameters.push_back(fmt::format("?{}", i + 1));
    assignments.push_back(fmt::format("{} = ?{}", names[i], i + 1));
  }
  const std::string& table = tables_of(kind).rows;
  const std::string narrow = fmt::format("SELECT n, {} FROM {} WHERE n ", fmt::join(names, ", "), table);
  const std::string wide =
      fmt::format("SELECT n, {}, payload FROM {} LEFT JOIN {} USING (n) WHERE n ", fmt::join(names, ", "), table, tables_of(kind).payloads);
  const std::string many = "IN (SELECT value FROM json_each(?1)) ORDER BY n";
  return RowSql{
      fmt::format("SELECT n, {} FROM {} WHERE ", fmt::join(names, ", "), table),
      narrow + "= ?1",
      wide + "= ?1",
      narrow + many,
      wide + many,
      fmt::format("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT (workspace_n, id) DO NOTHING", table, fmt::join(names, ", "),
                  fmt::join(parameters, ", ")),
      fmt::format("UPDATE {} SET {} WHERE n = ?{}", table, fmt::join(assignments, ", "), names.size() + 1),
  };
}

model::Value read_value(const Statement& statement, int at, Type type) {
  if (statement.is_null(at)) return {};
  switch (type) {
    case Type::integer:
      return statement.integer(at);
    case Type::real:
      return statement.real(at);
    case Type::text:
      return std::string(statement.text(at));
    case Type::blob:
      return std::string(statement.text(at));
  }
  return {};
}

std::optional<double> read_optional_real(const Statement& statement, int at) {
  if (statement.is_null(at)) return std::nullopt;
  return statement.real(at);
}

std::optional<int64_t> read_optional(const Statement& statement, int at) {
  if (statement.is_null(at)) return std::nullopt;
  return statement.integer(at);
}

// A row as bytes: per column
//   u8 ColumnTag   [i64 | f64 | u32 length and bytes]
enum class ColumnTag : uint8_t { null, integer, real, text, blob };

void put_bytes(std::string& out, ColumnTag tag, std::string_view bytes) {
  put(out, tag);
  put(out, static_cast<uint32_t>(bytes.size()));
  out += bytes;
}

void put_integer(std::string& out, std::optional<int64_t> value) {
  put(out, value ? ColumnTag::integer : ColumnTag::null);
  if (value) put(out, *value);
}

void put_real(std::string& out, std::optional<double> value) {
  put(out, value ? ColumnTag::real : ColumnTag::null);
  if (value) put(out, *value);
}

void put_column(std::string& out, Type type, const model::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    put_bytes(out, type == Type::blob ? ColumnTag::blob : ColumnTag::text, *text);
  } else if (const auto* real = std::get_if<double>(&value)) {
    put_real(out, *real);
  } else if (const auto* integer = std::get_if<int64_t>(&value)) {
    put_integer(out, *integer);
  } else {
    put(out, ColumnTag::null);
  }
}

model::Value take_column(std::string_view& row) {
  switch (take<ColumnTag>(row)) {
    case ColumnTag::null:
      return {};
    case ColumnTag::integer:
      return take<int64_t>(row);
    case ColumnTag::real:
      return take<double>(row);
    case ColumnTag::text:
    case ColumnTag::blob:
      return std::string(take_bytes(row, take<uint32_t>(row)));
  }
  return {};
}

std::optional<int64_t> bytes_of(const model::Fields& fields, Field f) {
  if (!fields.has(f)) return std::nullopt;
  return static_cast<int64_t>(fields.text(f).size());
}

}  // namespace

PayloadFacts PayloadFacts::of(Kind kind, const model::Fields& fields) {
  PayloadFacts facts;
  facts.input_bytes = bytes_of(fields, Field::input);
  facts.output_bytes = bytes_of(fields, Field::output);
  facts.metadata_bytes = bytes_of(fields, Field::metadata);
  if (kind == Kind::span) facts.metadata_cost = codec::metadata_cost(fields.text(Field::metadata));
  if (fields.has(Field::error_info)) facts.error_type = codec::string_member(fields.text(Field::error_info), "exception_type").value_or("");
  return facts;
}

bool PayloadFacts::fit(const model::Fields& fields) const {
  return input_bytes == bytes_of(fields, Field::input) && output_bytes == bytes_of(fields, Field::output) &&
         metadata_bytes == bytes_of(fields, Field::metadata) && error_type.has_value() == fields.has(Field::error_info);
}

const Tables& tables_of(Kind kind) {
  static const Tables kTraces{"traces", "trace_payloads", "trace_patches"};
  static const Tables kSpans{"spans", "span_payloads", "span_patches"};
  return kind == Kind::trace ? kTraces : kSpans;
}

const RowSql& row_sql(Kind kind) {
  static const RowSql kTrace = make_sql(Kind::trace);
  static const RowSql kSpan = make_sql(Kind::span);
  return kind == Kind::trace ? kTrace : kSpan;
}

void append_row(std::string& out, Kind kind, const base::Uuid& id, const model::Fields& shown, const PayloadFacts& facts, const Kept& kept,
                const cost::PriceTable& prices) {
  put_bytes(out, ColumnTag::blob, id.bytes());
  for (const Column& column : columns_of(kind)) put_column(out, column.type, shown[column.field]);
  if (kind == Kind::span) {
    put_real(out, facts.metadata_cost);
    put_real(out, cost::span_cost(prices, shown, facts.metadata_cost));
  }
  if (facts.error_type) {
    put_bytes(out, ColumnTag::text, *facts.error_type);
  } else {
    put(out, ColumnTag::null);
  }
  put_integer(out, facts.input_bytes);
  put_integer(out, facts.output_bytes);
  put_integer(out, facts.metadata_bytes);
  put_integer(out, kept.created_at_us);
  put_integer(out, kept.last_updated_at_us);
  if (kept.base) {
    put_integer(out, kept.base->stamp_us);
    put_integer(out, kept.base->arrival_us);
    put_integer(out, kept.base->from_client ? 1 : 0);
    put_integer(out, static_cast<int64_t>(kept.base_hash));
    const bool is_only = kept.first_stamp_us == kept.base->stamp_us;
    put_integer(out, is_only ? std::nullopt : std::optional(kept.first_stamp_us));
  } else {
    for (int i = 0; i < 5; ++i) put(out, ColumnTag::null);
  }
  put_integer(out, kept.is_patched ? std::optional<int64_t>(1) : std::nullopt);
}

int bind_row(Statement& statement, const Place& place, std::string_view row) {
  int at = 1;
  statement.bind(at++, place.workspace);
  statement.bind(at++, place.project);
  while (!row.empty()) {
    switch (take<ColumnTag>(row)) {
      case ColumnTag::null:
        statement.bind_null(at);
        break;
      case ColumnTag::integer:
        statement.bind(at, take<int64_t>(row));
        break;
      case ColumnTag::real:
        statement.bind(at, take<double>(row));
        break;
      case ColumnTag::text:
        statement.bind_text(at, take_bytes(row, take<uint32_t>(row)));
        break;
      case ColumnTag::blob:
        statement.bind_blob(at, take_bytes(row, take<uint32_t>(row)));
        break;
    }
    ++at;
  }
  return at;
}

NarrowRow read_narrow(Kind kind, std::string_view row) {
  NarrowRow narrow;
  take_column(row);  // the id
  for (const Column& column : columns_of(kind)) narrow.fields[column.field] = take_column(row);
  if (kind == Kind::span) {
    const model::Value metadata_cost = take_column(row);
    if (const auto* real = std::get_if<double>(&metadata_cost)) narrow.facts.metadata_cost = *real;
    take_column(row);  // what it costs: whoever writes the fields computes it anew
  }
  model::Value error_type = take_column(row);
  if (auto* text = std::get_if<std::string>(&error_type)) narrow.facts.error_type = std::move(*text);
  for (std::optional<int64_t>* bytes : {&narrow.facts.input_bytes, &narrow.facts.output_bytes, &narrow.facts.metadata_bytes}) {
    const model::Value value = take_column(row);
    if (const auto* integer = std::get_if<int64_t>(&value)) *bytes = *integer;
  }
  return narrow;
}

int payload_column(Kind kind) {
  const size_t costs = kind == Kind::span ? kSpanCostColumns.size() : 0;
  return 4 + static_cast<int>(columns_of(kind).size() + costs + kCommonColumns.size());
}

Row read_row(const Statement& statement, Kind kind) {
  Row row;
  row.n = statement.integer(0);
  row.shown[Field::project] = statement.integer(2);
  row.id = statement.uuid(3);
  int at = 4;
  for (const Column& column : columns_of(kind)) {
    row.shown[column.field] = read_value(statement, at, column.type);
    ++at;
  }
  if (kind == Kind::span) {
    row.facts.metadata_cost = read_optional_real(statement, at++);
    row.cost = statement.real(at++);
  }
  if (!statement.is_null(at)) row.facts.error_type = std::string(statement.text(at));
  ++at;
  row.facts.input_bytes = read_optional(statement, at++);
  row.facts.output_bytes = read_optional(statement, at++);
  row.facts.metadata_bytes = read_optional(statement, at++);
  row.kept.created_at_us = statement.integer(at++);
  row.kept.last_updated_at_us = statement.integer(at++);
  if (!statement.is_null(at)) {
    row.kept.base = model::Moment{statement.integer(at), statement.integer(at + 1), statement.integer(at + 2) != 0};
    row.kept.base_hash = static_cast<uint64_t>(statement.integer(at + 3));
    row.kept.first_stamp_us = read_optional(statement, at + 4).value_or(row.kept.base->stamp_us);
  }
  row.kept.is_patched = !statement.is_null(at + 5);
  return row;
}

}  // namespace opik::store::sqlite

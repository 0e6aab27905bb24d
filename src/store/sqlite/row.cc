#include "store/sqlite/row.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "base/check.h"
#include "codec/decode.h"

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
    Column{Field::project, "project_n", Type::integer},
    Column{Field::name, "name", Type::text},
    Column{Field::start_time, "start_time_ns", Type::integer},
    Column{Field::end_time, "end_time_ns", Type::integer},
    Column{Field::thread_id, "thread_id", Type::text},
    Column{Field::tags, "tags", Type::text},
    Column{Field::ttft, "ttft_ms", Type::real},
    Column{Field::source, "source", Type::text},
};

constexpr std::array kSpanColumns{
    Column{Field::project, "project_n", Type::integer},
    Column{Field::trace_id, "trace_id", Type::blob},
    Column{Field::parent_span_id, "parent_span_id", Type::blob},
    Column{Field::name, "name", Type::text},
    Column{Field::type, "type", Type::text},
    Column{Field::start_time, "start_time_ns", Type::integer},
    Column{Field::end_time, "end_time_ns", Type::integer},
    Column{Field::model, "model", Type::text},
    Column{Field::provider, "provider", Type::text},
    Column{Field::usage, "usage", Type::text},
    Column{Field::cost, "total_estimated_cost", Type::real},
    Column{Field::tags, "tags", Type::text},
    Column{Field::ttft, "ttft_ms", Type::real},
    Column{Field::source, "source", Type::text},
};

constexpr std::array kCommonColumns{"error_type",      "input_bytes",        "output_bytes",   "metadata_bytes",
                                    "created_at_us",   "last_updated_at_us", "base_stamp_us",  "base_arrival_us",
                                    "base_is_stamped", "base_hash",          "first_stamp_us", "is_patched"};

std::span<const Column> columns_of(Kind kind) {
  return kind == Kind::trace ? std::span<const Column>(kTraceColumns) : std::span<const Column>(kSpanColumns);
}

RowSql make_sql(Kind kind) {
  std::vector<std::string> names{"workspace_n", "id"};
  for (const Column& column : columns_of(kind)) names.emplace_back(column.name);
  for (const char* name : kCommonColumns) names.emplace_back(name);

  std::vector<std::string> parameters;
  std::vector<std::string> assignments;
  for (size_t i = 0; i < names.size(); ++i) {
    parameters.push_back(fmt::format("?{}", i + 1));
    assignments.push_back(fmt::format("{} = ?{}", names[i], i + 1));
  }
  const std::string& table = tables_of(kind).rows;
  return RowSql{
      fmt::format("SELECT n, {} FROM {} WHERE ", fmt::join(names, ", "), table),
      fmt::format("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT (workspace_n, id) DO NOTHING", table, fmt::join(names, ", "),
                  fmt::join(parameters, ", ")),
      fmt::format("UPDATE {} SET {} WHERE n = ?{}", table, fmt::join(assignments, ", "), names.size() + 1),
  };
}

void bind_value(Statement& statement, int at, Type type, const model::Value& value) {
  if (model::is_empty(value)) {
    statement.bind_null(at);
  } else if (type == Type::integer) {
    statement.bind(at, std::get<int64_t>(value));
  } else if (type == Type::real) {
    statement.bind(at, std::get<double>(value));
  } else if (type == Type::text) {
    statement.bind_text(at, std::get<std::string>(value));
  } else {
    statement.bind_blob(at, std::get<std::string>(value));
  }
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
      return std::string(statement.blob(at));
  }
  return {};
}

void bind_optional(Statement& statement, int at, const std::optional<int64_t>& value) {
  if (value) {
    statement.bind(at, *value);
  } else {
    statement.bind_null(at);
  }
}

std::optional<int64_t> read_optional(const Statement& statement, int at) {
  if (statement.is_null(at)) return std::nullopt;
  return statement.integer(at);
}

// Cells: per cell
//   u8 field   u8 flags   i64 arrival   [i64 stamp if from a client]   u8 tag   value
// tag and value are of the value that is not seen: 0 none, 1 i64, 2 f64, 3 u32 length and bytes.
constexpr uint8_t kWins = 1;
constexpr uint8_t kFromClient = 2;

template <class T>
void put(std::string& out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

template <class T>
T take(std::string_view& in) {
  if (in.size() < sizeof(T)) throw SqlError(SQLITE_CORRUPT, "reading patches: the cells are cut short");
  T value;
  std::memcpy(&value, in.data(), sizeof(T));
  in.remove_prefix(sizeof(T));
  return value;
}

void put_value(std::string& out, const model::Value& value) {
  put(out, static_cast<uint8_t>(value.index()));
  if (const auto* integer = std::get_if<int64_t>(&value)) put(out, *integer);
  if (const auto* real = std::get_if<double>(&value)) put(out, *real);
  if (const auto* text = std::get_if<std::string>(&value)) {
    put(out, static_cast<uint32_t>(text->size()));
    out += *text;
  }
}

model::Value take_value(std::string_view& in) {
  switch (take<uint8_t>(in)) {
    case 0:
      return {};
    case 1:
      return take<int64_t>(in);
    case 2:
      return take<double>(in);
    case 3: {
      const auto size = take<uint32_t>(in);
      if (in.size() < size) throw SqlError(SQLITE_CORRUPT, "reading patches: a value is cut short");
      std::string text(in.substr(0, size));
      in.remove_prefix(size);
      return text;
    }
    default:
      throw SqlError(SQLITE_CORRUPT, "reading patches: a value of no known type");
  }
}

std::optional<int64_t> bytes_of(const model::Fields& fields, Field f) {
  if (!fields.has(f)) return std::nullopt;
  return static_cast<int64_t>(fields.text(f).size());
}

}  // namespace

PayloadFacts PayloadFacts::of(const model::Fields& fields) {
  PayloadFacts facts{std::nullopt, bytes_of(fields, Field::input), bytes_of(fields, Field::output), bytes_of(fields, Field::metadata)};
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

int bind_row(Statement& statement, Kind kind, int64_t workspace, const base::Uuid& id, const model::Fields& shown,
             const PayloadFacts& facts, const Kept& kept) {
  int at = 1;
  statement.bind(at++, workspace);
  statement.bind(at++, id);
  for (const Column& column : columns_of(kind)) bind_value(statement, at++, column.type, shown[column.field]);
  if (facts.error_type) {
    statement.bind_text(at++, *facts.error_type);
  } else {
    statement.bind_null(at++);
  }
  bind_optional(statement, at++, facts.input_bytes);
  bind_optional(statement, at++, facts.output_bytes);
  bind_optional(statement, at++, facts.metadata_bytes);
  statement.bind(at++, kept.created_at_us);
  statement.bind(at++, kept.last_updated_at_us);
  if (kept.base) {
    statement.bind(at++, kept.base->stamp_us);
    statement.bind(at++, kept.base->arrival_us);
    statement.bind(at++, static_cast<int64_t>(kept.base->from_client));
    statement.bind(at++, static_cast<int64_t>(kept.base_hash));
    const bool is_only = kept.first_stamp_us == kept.base->stamp_us;
    bind_optional(statement, at++, is_only ? std::nullopt : std::optional(kept.first_stamp_us));
  } else {
    for (int i = 0; i < 5; ++i) statement.bind_null(at++);
  }
  bind_optional(statement, at++, kept.is_patched ? std::optional<int64_t>(1) : std::nullopt);
  return at;
}

Row read_row(const Statement& statement, Kind kind) {
  Row row;
  row.n = statement.integer(0);
  row.id = statement.uuid(2);
  int at = 3;
  for (const Column& column : columns_of(kind)) {
    row.shown[column.field] = read_value(statement, at, column.type);
    ++at;
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

model::Entity to_entity(Row row, std::string_view cells) {
  model::Entity entity;
  entity.created_at_us = row.kept.created_at_us;
  if (row.kept.base) {
    entity.first_us = row.kept.first_stamp_us;
    entity.base = model::Entity::Base{*row.kept.base, row.kept.base_hash, {}};
  }
  while (!cells.empty()) {
    const auto number = take<uint8_t>(cells);
    if (number >= model::kFieldCount) throw SqlError(SQLITE_CORRUPT, "reading patches: a field that is not known");
    const auto field = static_cast<Field>(number);
    const auto flags = take<uint8_t>(cells);
    model::Moment moment = model::Moment::arrived(take<int64_t>(cells));
    if ((flags & kFromClient) != 0) {
      moment.stamp_us = take<int64_t>(cells);
      moment.from_client = true;
    }
    model::Value hidden = take_value(cells);
    model::Value& shown = row.shown[field];
    if ((flags & kWins) != 0) {
      entity.cell(field) = model::Entity::Cell{moment, std::move(shown)};
      shown = std::move(hidden);
    } else {
      entity.cell(field) = model::Entity::Cell{moment, std::move(hidden)};
    }
  }
  if (entity.base) entity.base->fields = std::move(row.shown);  // by now what is shown is what the create says
  return entity;
}

Kept kept_of(const model::Entity& entity, const model::View& view) {
  Kept kept;
  kept.created_at_us = view.created_at_us;
  kept.last_updated_at_us = view.last_updated_at_us;
  if (entity.base) {
    kept.base = entity.base->moment;
    kept.base_hash = entity.base->content_hash;
    kept.first_stamp_us = *entity.first_us;
  }
  kept.is_patched = entity.patched();
  return kept;
}

std::string encode_cells(const model::Entity& entity) {
  std::string out;
  model::each_field([&](Field f) {
    const std::optional<model::Entity::Cell>& cell = entity.cell(f);
    if (!cell) return;
    const bool wins = entity.cell_wins(f);
    put(out, static_cast<uint8_t>(f));
    put(out, static_cast<uint8_t>((wins ? kWins : 0) | (cell->moment.from_client ? kFromClient : 0)));
    put(out, cell->moment.arrival_us);
    if (cell->moment.from_client) put(out, cell->moment.stamp_us);
    if (!wins) {
      put_value(out, cell->value);
    } else {
      put_value(out, entity.base ? entity.base->fields[f] : model::Value{});
    }
  });
  return out;
}

}  // namespace opik::store::sqlite

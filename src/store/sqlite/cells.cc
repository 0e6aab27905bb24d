#include "store/sqlite/cells.h"

#include "store/sqlite/bytes.h"

namespace opik::store::sqlite {
namespace {

using model::Field;

// Cells: per cell
//   u8 field   u8 flags   i64 arrival   [i64 stamp if from a client]   u8 tag   value
// tag and value are of the value that is not seen: 0 none, 1 i64, 2 f64, 3 u32 length and bytes.
constexpr uint8_t kWins = 1;
constexpr uint8_t kFromClient = 2;

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
      return std::string(take_bytes(in, size));
    }
    default:
      throw SqlError(SQLITE_CORRUPT, "reading patches: a value of no known type");
  }
}

}  // namespace

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

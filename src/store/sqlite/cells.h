#pragma once
// An entity <-> its row and its cells: what *_patches keeps of an entity that was patched. Per patched field its moment, who is
// seen, and the value that is not.

#include <string>
#include <string_view>

#include "model/entity.h"
#include "store/sqlite/row.h"

namespace opik::store::sqlite {

// The entity that a row, with the payload it needs in `row.shown`, and its cells (empty: not patched) stand for; and back.
// Throws SqlError(SQLITE_CORRUPT) where the bytes are not what was written.
model::Entity to_entity(Row row, std::string_view cells);
Kept kept_of(const model::Entity& entity, const model::View& view);
std::string encode_cells(const model::Entity& entity);

}  // namespace opik::store::sqlite

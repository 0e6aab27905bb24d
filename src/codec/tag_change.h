#pragma once
// What an update says of tags: tags, tags_to_add, tags_to_remove, of at most kPatchTagsMax each.

#include <optional>
#include <string>

#include "codec/reader.h"
#include "model/message.h"

namespace opik::codec {

// Nothing of it: tags stay as they are. Never both.
struct TagChange {
  std::optional<std::string> tags;  // JSON text; replaces what is there
  model::TagEdit edit;
};

// An edit wins over `tags`. With `merging`, `tags` are an edit.
TagChange read_tag_change(Reader& in, bool merging);

}  // namespace opik::codec

#pragma once
// JSON text looked into, and as the text that comparisons see. For text that check_json() has accepted; in other text nothing
// outside of it is read.

#include <optional>
#include <string>
#include <string_view>

#include "model/json_path.h"

namespace opik::codec {

// The value at a path: a slice of `json`, trimmed. Where a path has several, the first; of members of one name the last.
// Nothing if the path leads nowhere.
std::optional<std::string_view> find_value(std::string_view json, const model::JsonPath& path);

// Without space between tokens, and each string as it is printed (see append_string: UTF-8 kept). Returns `json` if it is so
// already; else the text is in `scratch`.
std::string_view compact_json(std::string_view json, std::string& scratch);

// A string without its quotes and escapes; any other value as compact_json().
std::string value_text(std::string_view value);

}  // namespace opik::codec

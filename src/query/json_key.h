#pragma once
// The names that people give to places inside JSON, as paths.
//
//   user.name        two members, or one of that whole name
//   user-id, a b     a member
//   tags[0], [0].x   an element; [*] all of them
//   $.a, .a, ['a b'] JSONPath, with or without its root
//
// What begins like JSONPath must be it. Anything else is a name: brackets that hold neither an index, * nor a quoted name
// belong to it.

#include <optional>
#include <string_view>

#include "model/json_path.h"

namespace opik::query {

// Nothing: it begins like JSONPath and is not, or has more than kPathStepsMax steps, or is empty.
std::optional<model::JsonPath> parse_json_key(std::string_view key);

}  // namespace opik::query

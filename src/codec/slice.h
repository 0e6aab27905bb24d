#pragma once
// Reads JSON text that check_json() has accepted, without copying it: each value is a slice of the text it stands in.
//
//   each_member(R"({"a": 1, "b": [2]})", [](std::string_view key, std::string_view value) { ... });
//   a, 1  and  b, [2]: keys without quotes, still escaped; values trimmed
//
// On text that is not JSON the visitors see garbage or nothing, but nothing outside of the text is read.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "codec/scan.h"

namespace opik::codec {

enum class JsonType { null, boolean, number, string, array, object };

// Of a trimmed value. NaN and the infinities are numbers.
inline JsonType type_of(std::string_view value) {
  switch (value.empty() ? 'n' : value[0]) {
    case '{':
      return JsonType::object;
    case '[':
      return JsonType::array;
    case '"':
      return JsonType::string;
    case 't':
    case 'f':
      return JsonType::boolean;
    case 'n':
      return JsonType::null;
    default:
      return JsonType::number;
  }
}
// The first of a text, for messages.
std::string shorten(std::string_view text);
// "Object value", "String \"x\"", "Number 12": for messages; long ones are cut.
std::string describe(std::string_view value);

// The text between the quotes of a JSON string, or the key of a member, with its escapes undone. A lone surrogate becomes U+FFFD.
std::string unescape(std::string_view between_quotes);

// Characters (code points) of UTF-8 text.
size_t count_characters(std::string_view text);

// Moves `at` over white space, and over one value.
inline void skip_space(std::string_view json, size_t& at) {
  while (at < json.size() && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t')) ++at;
}
void skip_value(std::string_view json, size_t& at);

template <class Visit>
void each_element(std::string_view array, Visit&& visit) {
  size_t at = 1;
  while (true) {
    skip_space(array, at);
    if (at >= array.size() || array[at] == ']') return;
    const size_t begin = at;
    skip_value(array, at);
    if (at == begin) return;
    visit(array.substr(begin, at - begin));
    skip_space(array, at);
    if (at < array.size() && array[at] == ',') ++at;
  }
}

template <class Visit>
void each_member(std::string_view object, Visit&& visit) {
  size_t at = 1;
  while (true) {
    skip_space(object, at);
    if (at >= object.size() || object[at] != '"') return;
    const size_t key = at;
    skip_value(object, at);
    if (at - key < 2) return;
    const std::string_view name = object.substr(key + 1, at - key - 2);
    skip_space(object, at);
    if (at < object.size() && object[at] == ':') ++at;
    skip_space(object, at);
    const size_t begin = at;
    skip_value(object, at);
    if (at == begin) return;
    visit(name, object.substr(begin, at - begin));
    skip_space(object, at);
    if (at < object.size() && object[at] == ',') ++at;
  }
}

// Whether the object has a member of that name at its top.
bool has_member(std::string_view object, std::string_view name);

}  // namespace opik::codec

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "codec/body.h"
#include "codec/decode.h"
#include "codec/encode.h"
#include "codec/slice.h"
#include "codec/validate.h"
#include "model/limits.h"

// Small pieces of JSON that are kept in fields or come in query parameters.

namespace opik::codec {
namespace {

using base::Code;
using base::Error;
using base::Result;

// The text of a parameter that must hold a JSON array.
Result<std::string_view> array_text(std::string_view json) {
  if (!valid_utf8(json)) return malformed("The text is not UTF-8");
  const JsonCheck check = check_json(json);
  if (!check.ok()) return malformed(fmt::format("At byte {}: expected {}, found: {}", check.at, check.error, shorten(json)));
  size_t begin = 0;
  skip_space(json, begin);
  const std::string_view value = json.substr(begin, check.end - begin);
  if (type_of(value) != JsonType::array) return malformed("Expected an array, found " + describe(value));
  return value;
}

std::string string_text(std::string_view value) { return unescape(value.substr(1, value.size() - 2)); }

bool is_string(std::string_view value) { return type_of(value) == JsonType::string && value.size() >= 2; }

}  // namespace

Result<std::vector<std::string>> decode_names(std::string_view json) {
  const Result<std::string_view> array = array_text(json);
  if (!array) return array.error();
  std::vector<std::string> names;
  std::optional<Error> error;
  each_element(*array, [&](std::string_view element) {
    if (is_string(element)) {
      names.push_back(string_text(element));
    } else if (!error) {
      error = malformed("Expected an array of strings, found in it " + describe(element));
    }
  });
  if (error) return *error;
  return names;
}

Result<bool> has_members(std::string_view json_array) {
  const Result<std::string_view> array = array_text(json_array);
  if (!array) return array.error();
  bool any = false;
  each_element(*array, [&](std::string_view) { any = true; });
  return any;
}

std::vector<std::string> parse_tags(std::string_view json) {
  std::vector<std::string> tags;
  if (json.empty() || json[0] != '[') return tags;
  each_element(json, [&](std::string_view element) {
    if (is_string(element)) tags.push_back(string_text(element));
  });
  return tags;
}

std::string print_tags(const std::vector<std::string>& tags) {
  std::string out = "[";
  for (const std::string& tag : tags) {
    if (out.size() > 1) out.push_back(',');
    append_string(out, tag);
  }
  out.push_back(']');
  return out;
}

Result<std::string> edit_tags(std::string_view json, const model::TagEdit& edit) {
  const std::unordered_set<std::string_view> removed(edit.remove.begin(), edit.remove.end());
  std::unordered_set<std::string> there;
  std::vector<std::string> tags;
  const auto add = [&](std::string tag) {
    if (there.insert(tag).second) tags.push_back(std::move(tag));
  };
  for (std::string& tag : parse_tags(json)) {
    if (!removed.contains(tag)) add(std::move(tag));
  }
  for (const std::string& tag : edit.add) add(tag);
  if (tags.size() > model::kPatchTagsMax) {
    return Error{Code::unprocessable, "Tag limit exceeded: maximum " + std::to_string(model::kPatchTagsMax) + " tags per item"};
  }
  return print_tags(tags);
}

std::optional<std::string> string_member(std::string_view json_object, std::string_view key) {
  std::optional<std::string> found;
  if (json_object.empty() || json_object[0] != '{') return found;
  each_member(json_object, [&](std::string_view name, std::string_view value) {
    if (unescape(name) == key) found = is_string(value) ? std::optional(string_text(value)) : std::nullopt;
  });
  return found;
}

}  // namespace opik::codec

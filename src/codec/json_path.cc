#include "codec/json_path.h"

#include <span>

#include "codec/encode.h"
#include "codec/slice.h"

namespace opik::codec {
namespace {

using Step = model::JsonPath::Step;
using Found = std::optional<std::string_view>;

std::string_view trimmed(std::string_view json) {
  size_t begin = 0;
  skip_space(json, begin);
  size_t end = begin;
  skip_value(json, end);
  return json.substr(begin, end - begin);
}

// `name` as a key without its quotes, still escaped.
bool is_key(std::string_view key, std::string_view name) {
  return key.find('\\') == std::string_view::npos ? key == name : unescape(key) == name;
}

Found member(std::string_view value, std::string_view name) {
  Found found;
  if (type_of(value) != JsonType::object) return found;
  each_member(value, [&](std::string_view key, std::string_view of_key) {
    if (is_key(key, name)) found = of_key;
  });
  return found;
}

// Follows the steps from `value`, which is trimmed.
Found follow(std::string_view value, std::span<const Step> steps) {
  if (steps.empty()) return value.empty() ? Found{} : value;
  const Step& step = steps.front();
  const std::span<const Step> rest = steps.subspan(1);
  if (step.kind == Step::Kind::member) {
    const Found next = member(value, step.name);
    return next ? follow(*next, rest) : Found{};
  }
  Found found;
  if (type_of(value) != JsonType::array) return found;
  size_t index = 0;
  each_element(value, [&](std::string_view element) {
    if (!found && (step.kind == Step::Kind::elements || step.index == index)) found = follow(element, rest);
    ++index;
  });
  return found;
}

// Whether what stands between a string's quotes is what append_string() would print.
bool is_as_printed(std::string_view between_quotes) {
  for (size_t at = between_quotes.find('\\'); at != std::string_view::npos; at = between_quotes.find('\\', at + 2)) {
    if (at + 1 >= between_quotes.size() || between_quotes[at + 1] == 'u' || between_quotes[at + 1] == '/') return false;
  }
  return true;
}

// The position behind the string that begins at `at`, and what is between its quotes.
std::string_view string_at(std::string_view json, size_t& at) {
  const size_t begin = at + 1;
  skip_value(json, at);
  return at > begin ? json.substr(begin, at - begin - 1) : std::string_view{};
}

}  // namespace

std::optional<std::string_view> find_value(std::string_view json, const model::JsonPath& path) {
  const std::string_view value = trimmed(json);
  const Found found = follow(value, path.steps);
  return found || path.flat_name.empty() ? found : member(value, path.flat_name);
}

std::string_view compact_json(std::string_view json, std::string& scratch) {
  // [copied, at) is to be copied as it is.
  size_t copied = 0;
  size_t at = 0;
  bool is_changed = false;
  const auto change = [&](size_t upto) {
    if (!is_changed) scratch.clear();
    is_changed = true;
    scratch.append(json, copied, upto - copied);
  };
  while (at < json.size()) {
    const char c = json[at];
    if (c == '"') {
      const size_t begin = at;
      const std::string_view text = string_at(json, at);
      if (is_as_printed(text)) continue;
      change(begin);
      append_string(scratch, unescape(text));
      copied = at;
    } else if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
      change(at);
      skip_space(json, at);
      copied = at;
    } else {
      ++at;
    }
  }
  if (!is_changed) return json;
  change(json.size());
  return scratch;
}

std::string value_text(std::string_view value) {
  if (type_of(value) == JsonType::string) {
    size_t at = 0;
    return unescape(string_at(value, at));
  }
  std::string scratch;
  return std::string(compact_json(value, scratch));
}

}  // namespace opik::codec

#include <optional>

#include <fmt/format.h>

#include "codec/body.h"
#include "codec/decode.h"
#include "codec/json_path.h"
#include "codec/slice.h"

namespace opik::codec {
namespace {

using base::Error;

// A string, or the text of a number or boolean. Nothing for null; `wrong` is set for what is none of these.
std::optional<std::string> scalar_text(std::string_view value, bool& wrong) {
  const JsonType type = type_of(value);
  wrong = type == JsonType::array || type == JsonType::object;
  if (wrong || type == JsonType::null) return std::nullopt;
  return value_text(value);
}

// What is wrong with an entry; nothing if it could be read.
std::optional<std::string> read_filter(std::string_view entry, FilterText& out) {
  if (type_of(entry) != JsonType::object) return fmt::format("expected an object, found {}", describe(entry));
  std::optional<std::string> field;
  std::optional<std::string> op;
  std::optional<std::string> key;
  std::optional<std::string> problem;
  each_member(entry, [&](std::string_view escaped, std::string_view value) {
    const std::string name = unescape(escaped);
    std::optional<std::string>* const into = name == "field"      ? &field
                                             : name == "operator" ? &op
                                             : name == "key"      ? &key
                                             : name == "value"    ? &out.value
                                                                  : nullptr;
    if (into == nullptr) return;
    bool wrong = false;
    *into = scalar_text(value, wrong);
    if (wrong) problem = fmt::format("{}: expected a text, found {}", name, describe(value));
  });
  if (problem) return problem;
  if (!field) return "it has no field";
  if (!op) return "it has no operator";
  out.field = *std::move(field);
  out.op = *std::move(op);
  out.key = std::move(key).value_or("");
  return std::nullopt;
}

}  // namespace

base::Result<std::vector<FilterText>> decode_filters(std::string_view json) {
  const base::Result<bool> any = has_members(json);  // checks that it is JSON, and an array
  if (!any) return any.error();
  std::vector<FilterText> filters;
  if (!*any) return filters;
  size_t begin = 0;
  skip_space(json, begin);
  std::optional<std::string> problem;
  each_element(json.substr(begin), [&](std::string_view entry) {
    if (problem) return;
    problem = read_filter(entry, filters.emplace_back());
    if (problem) problem = fmt::format("filter {}: {}", filters.size(), *problem);
  });
  if (problem) return Error{base::Code::malformed, *std::move(problem)};
  return filters;
}

}  // namespace opik::codec

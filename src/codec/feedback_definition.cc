#include "codec/feedback_definition.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "codec/body.h"
#include "codec/decimal.h"
#include "codec/reader.h"
#include "codec/slice.h"
#include "model/limits.h"
#include "model/record.h"

namespace opik::codec {
namespace {

using base::Code;
using base::Error;
using base::Result;
using model::FeedbackDefinition;
using model::FeedbackType;

constexpr size_t kCategoriesMin = 2;

Error broken_rule(std::string_view member, std::string_view what) {
  return {Code::unprocessable, fmt::format("details.{} {}", member, what)};
}

Error wrong_value(std::string_view member, std::string_view value, std::string_view expected) {
  return malformed(fmt::format("Cannot deserialize value of details.{} from {}: expected {}", member, describe(value), expected));
}

// The value of the last member that has one of these names; empty: none, or null.
std::string_view member_of(std::string_view object, std::string_view name, std::string_view other_name = {}) {
  std::string_view found;
  each_member(object, [&](std::string_view key, std::string_view value) {
    if (key == name || (!other_name.empty() && key == other_name)) found = value;
  });
  return found == "null" ? std::string_view{} : found;
}

std::optional<double> number_of(std::string_view value) { return type_of(value) == JsonType::number ? parse_double(value) : std::nullopt; }

Result<double> read_bound(std::string_view details, std::string_view name) {
  const std::string_view value = member_of(details, name);
  if (value.empty()) return broken_rule(name, "must not be null");
  const std::optional<double> number = number_of(value);
  if (!number) return wrong_value(name, value, "a number");
  return *number;
}

Result<std::string> read_numerical(std::string_view details) {
  const Result<double> min = read_bound(details, "min");
  if (!min) return min.error();
  const Result<double> max = read_bound(details, "max");
  if (!max) return max.error();
  if (*min >= *max) return broken_rule("min", "has to be smaller than details.max");
  std::string out;
  {
    ObjectWriter object(out);
    append_number(object.key("max"), *max);
    append_number(object.key("min"), *min);
  }
  return out;
}

Result<std::string> read_categorical(std::string_view details) {
  const std::string_view categories = member_of(details, "categories");
  if (categories.empty()) return broken_rule("categories", "must not be null");
  if (type_of(categories) != JsonType::object) return wrong_value("categories", categories, "an object of numbers");
  std::vector<std::pair<std::string, double>> values;  // in the order in which they are to be offered
  std::optional<Error> error;
  each_member(categories, [&](std::string_view key, std::string_view value) {
    const std::string name = unescape(key);
    const std::optional<double> number = number_of(value);
    if (!number && !error) error = wrong_value("categories." + name, value, "a number");
    const auto same = std::find_if(values.begin(), values.end(), [&](const auto& category) { return category.first == name; });
    if (same != values.end()) {
      same->second = number.value_or(0);
    } else {
      values.emplace_back(name, number.value_or(0));
    }
  });
  if (error) return *std::move(error);
  if (values.size() < kCategoriesMin)
    return broken_rule("categories", fmt::format("size must be between {} and 2147483647", kCategoriesMin));
  std::string out;
  {
    ObjectWriter object(out);
    ObjectWriter printed(object.key("categories"));
    for (const auto& [name, value] : values) append_number(printed.chosen_key(name), value);
  }
  return out;
}

Result<std::string> read_label(std::string_view details, std::string_view name, std::string_view camel_name) {
  const std::string_view value = member_of(details, name, camel_name);
  if (value.empty()) return broken_rule(camel_name, "must not be blank");
  if (type_of(value) != JsonType::string) return wrong_value(name, value, "a string");
  std::string label = unescape(value.substr(1, value.size() - 2));
  if (is_blank(label)) return broken_rule(camel_name, "must not be blank");
  return label;
}

Result<std::string> read_boolean(std::string_view details) {
  const Result<std::string> true_label = read_label(details, "true_label", "trueLabel");
  if (!true_label) return true_label.error();
  const Result<std::string> false_label = read_label(details, "false_label", "falseLabel");
  if (!false_label) return false_label.error();
  std::string out;
  {
    ObjectWriter object(out);
    for (const char* name : {"true_label", "trueLabel"}) append_string(object.key(name), *true_label);
    for (const char* name : {"false_label", "falseLabel"}) append_string(object.key(name), *false_label);
  }
  return out;
}

Result<std::string> read_details(FeedbackType type, std::string_view details) {
  switch (type) {
    case FeedbackType::numerical:
      return read_numerical(details);
    case FeedbackType::categorical:
      return read_categorical(details);
    case FeedbackType::boolean:
      return read_boolean(details);
  }
  return read_numerical(details);
}

}  // namespace

Result<FeedbackDefinition> decode_feedback_definition(const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  const std::optional<std::string> type = in.one_of(Key::type, model::kFeedbackTypeNames);
  if (!type && !in.failed()) in.fail(malformed("Missing type id: expected 'type' to be one of numerical, categorical, boolean"));
  FeedbackDefinition definition;
  const std::optional<std::string> name = in.text_not_blank(Key::name);
  if (!name) in.refuse(Key::name, "must not be blank");
  if (name) in.limit(Key::name, *name, model::kFeedbackDefinitionNameCharsMax);
  definition.description = in.text_as_is(Key::description);
  if (definition.description) in.limit(Key::description, *definition.description, model::kDescriptionCharsMax);
  in.require(Key::details);
  const std::optional<std::string> details = in.json_object(Key::details);
  if (in.failed()) return in.error();

  const auto* const known = std::find(std::begin(model::kFeedbackTypeNames), std::end(model::kFeedbackTypeNames), *type);
  definition.type = static_cast<FeedbackType>(known - std::begin(model::kFeedbackTypeNames));
  definition.name = *name;
  Result<std::string> checked = read_details(definition.type, *details);
  if (!checked) return checked.error();
  definition.details = *std::move(checked);
  return definition;
}

void append_feedback_definition(std::string& out, const FeedbackDefinition& definition) {
  ObjectWriter object(out);
  append_string(object.key("id"), definition.id.text());
  append_string(object.key("name"), definition.name);
  if (definition.description) append_string(object.key("description"), *definition.description);
  append_string(object.key("type"), model::feedback_type_name(definition.type));
  object.key("details").append(definition.details);
  append_time_us(object.key("created_at"), definition.created_at_us);
  append_string(object.key("created_by"), model::kOnlyUser);
  append_time_us(object.key("last_updated_at"), definition.last_updated_at_us);
  append_string(object.key("last_updated_by"), model::kOnlyUser);
}

void append_feedback_definition_page(std::string& out, const std::vector<FeedbackDefinition>& definitions, PagePlace place) {
  ObjectWriter object(out);
  append_page_members(object, definitions, place, [&](const FeedbackDefinition& item) { append_feedback_definition(out, item); });
}

}  // namespace opik::codec

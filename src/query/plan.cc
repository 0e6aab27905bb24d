#include "query/plan.h"

#include <algorithm>
#include <array>
#include <optional>

#include "query/json_key.h"
#include "query/limits.h"
#include "query/value.h"

// One comparison at a time: field, operator, key, value. What an error says last is what would have been accepted.

namespace opik::query {
namespace {

using base::Code;
using base::Error;
using base::Result;

template <class Names, class Name>
std::string join(const Names& names, Name name) {
  std::string out;
  for (const auto& each : names) out += (out.empty() ? "" : ", ") + std::string(name(each));
  return out;
}

class Planner {
 public:
  Planner(Entity entity, const Ast& ast, const Comparison& written) : entity_(entity), ast_(ast), written_(written) {}

  Result<Condition> plan() {
    if (std::optional<Error> wrong = find_field()) return *std::move(wrong);
    if (condition_.type == Type::custom) {
      if (std::optional<Error> wrong = resolve_custom()) return *std::move(wrong);
    }
    const std::optional<Operator> op = find_operator(written_.op);
    if (!op) {
      return Error{Code::malformed, refusal(ast_.source) + ": " + written_.where + ": there is no operator '" + written_.op +
                                        "': expected one of " + join(operators_of(condition_.type), operator_name)};
    }
    const std::span<const Operator> fitting = operators_of(condition_.type);
    if (std::find(fitting.begin(), fitting.end(), *op) == fitting.end()) {
      return Error{Code::malformed, "Invalid operator '" + written_.op + "' for field '" + name_ + "' of type '" +
                                        std::string(type_name(condition_.type)) + "' (" + written_.where + "): expected one of " +
                                        join(fitting, operator_name)};
    }
    condition_.op = *op;
    if (std::optional<Error> wrong = take_key()) return *std::move(wrong);
    if (takes_value(*op)) {
      if (std::optional<Error> wrong = take_value()) return *std::move(wrong);
    }
    return std::move(condition_);
  }

 private:
  std::optional<Error> find_field() {
    name_ = written_.field;
    key_ = written_.key;
    if (name_ == "usage" && !key_.empty()) name_ += "." + std::exchange(key_, {});  // OQL writes usage.total_tokens as field and key
    const FieldEntry* entry = find_filter_field(entity_, name_);
    if (entry == nullptr) {
      return Error{Code::malformed, refusal(ast_.source) + ": " + written_.where + ": there is no field '" + name_ + "': a " +
                                        std::string(entity_name(entity_)) + " has " +
                                        join(filter_fields(entity_), [](const FieldEntry& e) { return e.name; })};
    }
    condition_.operand = entry->operand;
    condition_.type = entry->type;
    if (entry->operand == Operand::usage) condition_.key = name_.substr(std::string_view("usage.").size());
    return std::nullopt;
  }

  // input.a.b: the dictionary input_json at a.b; input: the text input; output[0].c: the dictionary output_json at [0].c.
  std::optional<Error> resolve_custom() {
    std::string_view key = key_;
    if (is_blank(key)) return Error{Code::malformed, "Custom key cannot be null or empty (" + written_.where + ")"};
    if (key.starts_with("$.")) key.remove_prefix(2);
    const size_t end = std::min(key.find_first_of(".["), key.size());
    const std::string_view of = key.substr(0, end);
    if (of == "input") {
      condition_.operand = Operand::input;
    } else if (of == "output") {
      condition_.operand = Operand::output;
    } else if (of == "metadata") {
      condition_.operand = Operand::metadata;
    } else {
      return Error{Code::malformed, "Invalid key '" + key_ + "' for custom filter (" + written_.where +
                                        "): expected input, output or metadata and what follows it"};
    }
    const std::string rest(key.substr(end < key.size() && key[end] == '.' ? end + 1 : end));
    condition_.type = end == key.size() ? Type::string : Type::dictionary;
    key_ = rest;
    return std::nullopt;
  }

  std::optional<Error> take_key() {
    if (condition_.type == Type::dictionary) {
      if (is_blank(key_)) return invalid("a key, as in " + written_.field + ".name");
      std::optional<model::JsonPath> path = parse_json_key(key_);
      if (!path) return invalid("a key like a.b, a[0] or $['a b']");
      condition_.path = *std::move(path);
    } else if (condition_.type == Type::feedback_scores_number) {
      if (is_blank(key_)) return invalid("the score's name, as in " + written_.field + ".name");
      condition_.key = key_;
    } else if (!key_.empty() && ast_.form == Ast::Form::oql) {
      return Error{Code::malformed,
                   refusal(ast_.source) + ": " + written_.where + ": field '" + name_ + "' has no keys: found '" + key_ + "'"};
    }
    return std::nullopt;
  }

  std::optional<Error> take_value() {
    if (!written_.has_value) return invalid("a value");
    const bool is_text = condition_.type == Type::string || condition_.type == Type::string_exact || condition_.type == Type::enumeration;
    // Opik's web UI encodes the others once more than the query string needs.
    const bool is_encoded = ast_.form == Ast::Form::json && !is_text;
    const std::string value = is_encoded ? percent_decode(written_.value) : written_.value;
    switch (condition_.type) {
      case Type::string:
      case Type::string_exact:
      case Type::list:
        if (is_blank(value)) return invalid("a text that is not blank");
        condition_.value = value;
        return std::nullopt;
      case Type::date_time:
        return parsed(base::parse_instant(value), "an ISO-8601 instant with a zone, as 2024-01-01T00:00:00Z");
      case Type::number:
      case Type::duration:
        return parsed(parse_number(value), "a number");
      case Type::feedback_scores_number:
        return parsed(parse_nano(value), "a number");
      case Type::dictionary:
        if (std::optional<Number> number = parse_number(value)) {
          condition_.value = *std::move(number);
        } else {
          condition_.value = value;
        }
        return std::nullopt;
      case Type::enumeration:
      case Type::enumeration_legacy:
        return take_enumerators(value);
      case Type::error_container:
      case Type::custom:
        break;
    }
    return invalid("no value");
  }

  template <class Value>
  std::optional<Error> parsed(std::optional<Value> value, std::string_view what) {
    if (!value) return invalid(what);
    condition_.value = *std::move(value);
    return std::nullopt;
  }

  // One name, or behind in and not_in several: a list in OQL, with commas between them in JSON.
  std::optional<Error> take_enumerators(const std::string& value) {
    const std::span<const std::string_view> known = enumerators(condition_.operand);
    const std::string expected = join(known, [](std::string_view name) { return name; });
    std::vector<std::string> names = written_.values;
    if (!takes_list(condition_.op)) names = {value};
    if (takes_list(condition_.op) && ast_.form == Ast::Form::json) names = split(value);
    const bool are_known = std::all_of(names.begin(), names.end(),
                                       [&](const std::string& name) { return std::find(known.begin(), known.end(), name) != known.end(); });
    if (names.empty() || !are_known) return invalid((takes_list(condition_.op) ? "some of " : "one of ") + expected);
    if (takes_list(condition_.op)) {
      condition_.value = std::move(names);
    } else {
      condition_.value = std::move(names.front());
    }
    return std::nullopt;
  }

  static std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> out;
    while (!list.empty()) {
      const size_t end = std::min(list.find(','), list.size());
      std::string_view part = list.substr(0, end);
      list.remove_prefix(std::min(end + 1, list.size()));
      const size_t begin = std::min(part.find_first_not_of(' '), part.size());
      part = part.substr(begin, part.find_last_not_of(' ') + 1 - begin);
      if (!part.empty()) out.emplace_back(part);
    }
    return out;
  }

  Error invalid(std::string_view expected) const {
    const std::string shown = written_.values.empty() ? written_.value : join(written_.values, [](const std::string& v) { return v; });
    return {Code::malformed, "Invalid value '" + shown + "' or key '" + written_.key + "' for field '" + name_ + "' of type '" +
                                 std::string(type_name(condition_.type)) + "' (" + written_.where + "): expected " + std::string(expected)};
  }

  const Entity entity_;
  const Ast& ast_;
  const Comparison& written_;
  std::string name_;  // of the field, as messages call it
  std::string key_;
  Condition condition_;
};

}  // namespace

Result<Filter> plan_filter(Entity entity, const Ast& ast) {
  if (ast.comparisons.size() > kConditionsMax) {
    return Error{Code::malformed, refusal(ast.source) + ": expected at most " + std::to_string(kConditionsMax) + " conditions, found " +
                                      std::to_string(ast.comparisons.size())};
  }
  Filter filter;
  filter.conditions.reserve(ast.comparisons.size());
  for (const Comparison& written : ast.comparisons) {
    Result<Condition> condition = Planner(entity, ast, written).plan();
    if (!condition) return condition.error();
    filter.conditions.push_back(*std::move(condition));
  }
  return filter;
}

Result<std::vector<SortKey>> plan_sort(Entity entity, const std::vector<SortEntryText>& entries) {
  std::vector<SortKey> keys;
  for (const SortEntryText& entry : entries) {
    for (const SortEntry& known : sort_fields(entity)) {
      const bool is_dynamic = known.name.ends_with('*');
      const std::string_view prefix = is_dynamic ? known.name.substr(0, known.name.size() - 1) : known.name;
      if (is_dynamic ? !entry.field.starts_with(prefix) || entry.field.size() == prefix.size() : entry.field != prefix) continue;
      SortKey key{known.operand, entry.descending, {}, {}};
      if (is_dynamic) key.key = entry.field.substr(prefix.size());
      const bool is_json = known.operand == Operand::input || known.operand == Operand::output || known.operand == Operand::metadata;
      if (is_dynamic && is_json) {
        std::optional<model::JsonPath> path = parse_json_key(key.key);
        if (!path) return Error{Code::malformed, "Invalid sorting fields '" + entry.field + "': expected a key like a.b, a[0] or $['a b']"};
        key.path = *std::move(path);
        key.key.clear();
      }
      if (keys.size() == kSortKeysMax)
        return Error{Code::malformed, "Invalid sorting fields: expected at most " + std::to_string(kSortKeysMax) + " of them"};
      keys.push_back(std::move(key));
      break;
    }
  }
  return keys;
}

}  // namespace opik::query

#include "store/memory/filter.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "codec/decode.h"
#include "codec/encode.h"
#include "codec/json_path.h"
#include "codec/slice.h"
#include "query/value.h"
#include "store/memory/text_search.h"

// Everything is computed anew for every condition: a record is small, and a store in memory has few.

namespace opik::store::memory {
namespace {

using base::Instant;
using model::Field;
using model::Kind;
using model::Record;
using query::Condition;
using query::Operand;
using query::Operator;
using query::Type;

std::string compact(std::string_view json) {
  std::string scratch;
  return std::string(codec::compact_json(json, scratch));
}

std::string uuid_text(std::string_view bytes) {
  const auto id = base::Uuid::from_bytes(bytes);
  return id ? id->text() : "";
}

// ---- what a record has

std::string_view json_of(const Record& record, Operand operand) {
  const model::Fields& fields = record.view.fields;
  if (operand == Operand::input) return fields.text(Field::input);
  if (operand == Operand::output) return fields.text(Field::output);
  return fields.text(Field::metadata);
}

std::string text_of(const Record& record, Operand operand) {
  const model::Fields& fields = record.view.fields;
  switch (operand) {
    case Operand::id:
      return record.id.text();
    case Operand::trace_id:
      return uuid_text(fields.text(Field::trace_id));
    case Operand::name:
      return std::string(fields.text(Field::name));
    case Operand::thread_id:
      return std::string(fields.text(Field::thread_id));
    case Operand::type:
      return std::string(fields.text(Field::type));
    case Operand::model:
      return std::string(fields.text(Field::model));
    case Operand::provider:
      return std::string(fields.text(Field::provider));
    case Operand::source:
      return std::string(fields.text(Field::source));
    case Operand::error_type:
      return codec::string_member(fields.text(Field::error_info), "exception_type").value_or("");
    case Operand::visibility_mode:
      return "default";
    case Operand::guardrails: {
      if (record.guardrails.empty()) return "";
      const auto failed = [](const model::GuardrailCheck& check) { return check.verdict == model::Verdict::failed; };
      return std::any_of(record.guardrails.begin(), record.guardrails.end(), failed) ? "failed" : "passed";
    }
    case Operand::input:
    case Operand::output:
    case Operand::metadata:
      return compact(json_of(record, operand));
    default:
      return "";
  }
}

model::TokenCounts usage_of(const Record& record) {
  model::TokenCounts usage = record.totals.usage;
  if (record.kind == Kind::span && record.view.fields.has(Field::usage)) codec::add_usage(record.view.fields.text(Field::usage), usage);
  return usage;
}

std::optional<double> number_of(const Record& record, Operand operand, const std::string& key) {
  const model::Fields& fields = record.view.fields;
  switch (operand) {
    case Operand::cost:
      return record.kind == Kind::trace ? record.totals.cost : record.cost;
    case Operand::span_count:
      return static_cast<double>(record.totals.span_count);
    case Operand::llm_span_count:
      return static_cast<double>(record.totals.llm_span_count);
    case Operand::usage: {
      const auto usage = usage_of(record);
      const auto found = usage.find(key);
      return found == usage.end() ? 0.0 : static_cast<double>(found->second);
    }
    case Operand::ttft:
      if (!fields.has(Field::ttft)) return std::nullopt;
      return fields.real(Field::ttft);
    case Operand::duration:
      if (!fields.has(Field::end_time)) return std::nullopt;
      return static_cast<double>(fields.integer(Field::end_time) / 1000 - fields.integer(Field::start_time) / 1000) / 1000;
    default:
      return std::nullopt;
  }
}

Instant from_ns(int64_t ns) { return {ns / 1'000'000'000, static_cast<int32_t>(ns % 1'000'000'000)}; }  // no time is before 1970
Instant from_us(int64_t us) { return {us / 1'000'000, static_cast<int32_t>(us % 1'000'000 * 1000)}; }

std::optional<Instant> instant_of(const Record& record, Operand operand) {
  const model::Fields& fields = record.view.fields;
  if (operand == Operand::created_at) return from_us(record.view.created_at_us);
  if (operand == Operand::last_updated_at) return from_us(record.view.last_updated_at_us);
  const Field field = operand == Operand::start_time ? Field::start_time : Field::end_time;
  if (!fields.has(field)) return std::nullopt;
  return from_ns(fields.integer(field));
}

std::map<std::string, int64_t> scores_of(const Record& record, Operand operand) {
  const auto& scores = operand == Operand::feedback_scores ? record.scores : record.totals.span_scores;
  std::map<std::string, std::vector<int64_t>> by_name;
  for (const model::FeedbackScore& score : scores) by_name[score.name].push_back(score.value_nano);
  std::map<std::string, int64_t> out;
  for (const auto& [name, values] : by_name) out[name] = model::mean_nano(values);
  return out;
}

std::vector<std::string> list_of(const Record& record, Operand operand) {
  if (operand != Operand::tags) return {};
  return codec::parse_tags(record.view.fields.text(Field::tags));
}

// ---- how it is compared

template <class Value>
bool compare(const Value& a, Operator op, const Value& b) {
  switch (op) {
    case Operator::equal:
      return a == b;
    case Operator::not_equal:
      return !(a == b);
    case Operator::greater:
      return a > b;
    case Operator::greater_equal:
      return a >= b;
    case Operator::less:
      return a < b;
    case Operator::less_equal:
      return a <= b;
    default:
      return false;
  }
}

bool contains(const std::string& text, const std::string& needle) { return text.find(needle) != std::string::npos; }

bool compare_texts(const std::string& a, Operator op, const std::string& b) {
  if (op == Operator::contains) return contains(a, b);
  if (op == Operator::not_contains) return !contains(a, b);
  if (op == Operator::starts_with) return a.starts_with(b);
  if (op == Operator::ends_with) return a.ends_with(b);
  return compare(a, op, b);
}

bool string_holds(const Record& record, const Condition& condition) {
  const std::string text = text_of(record, condition.operand);
  const std::string& value = std::get<std::string>(condition.value);
  if (condition.type == Type::string_exact) return compare_texts(text, condition.op, value);
  const bool is_json =
      condition.operand == Operand::input || condition.operand == Operand::output || condition.operand == Operand::metadata;
  if (is_json && (condition.op == Operator::contains || condition.op == Operator::not_contains)) {
    std::string quoted;
    codec::append_string(quoted, value);
    const std::string inner = quoted.substr(1, quoted.size() - 2);
    const bool found = contains(fold_case(text), fold_case(value)) || contains(fold_case(text), fold_case(inner));
    return found == (condition.op == Operator::contains);
  }
  return compare_texts(fold_case(text), condition.op, fold_case(value));
}

bool list_holds(const std::vector<std::string>& list, const Condition& condition) {
  if (condition.op == Operator::is_empty) return list.empty();
  if (condition.op == Operator::is_not_empty) return !list.empty();
  const std::string& value = std::get<std::string>(condition.value);
  const bool has = std::find(list.begin(), list.end(), value) != list.end();
  if (condition.op == Operator::equal) return has;
  if (condition.op == Operator::not_equal) return !has;
  const bool found =
      std::any_of(list.begin(), list.end(), [&](const std::string& element) { return contains(fold_case(element), fold_case(value)); });
  return found == (condition.op == Operator::contains);
}

bool scores_hold(const std::map<std::string, int64_t>& scores, const Condition& condition) {
  std::vector<int64_t> named;
  for (const auto& [name, value] : scores) {
    if (fold_case(name) == fold_case(condition.key)) named.push_back(value);
  }
  if (condition.op == Operator::is_empty) return named.empty();
  if (condition.op == Operator::is_not_empty) return !named.empty();
  const int64_t wanted = std::get<query::Nano>(condition.value).value;
  if (condition.op == Operator::not_equal) return std::find(named.begin(), named.end(), wanted) == named.end();
  return std::any_of(named.begin(), named.end(), [&](int64_t value) { return compare(value, condition.op, wanted); });
}

bool enumeration_holds(const Record& record, const Condition& condition) {
  const std::string text = text_of(record, condition.operand);
  std::set<std::string> accepted;
  if (const auto* one = std::get_if<std::string>(&condition.value)) accepted.insert(*one);
  if (const auto* many = std::get_if<std::vector<std::string>>(&condition.value)) accepted.insert(many->begin(), many->end());
  // What says nothing of its source came from an SDK that did not say it yet.
  const bool is_legacy = condition.type == Type::enumeration_legacy && text.empty();
  const bool is_accepted = is_legacy ? accepted.contains("sdk") || accepted.contains("unknown") : accepted.contains(text);
  return is_accepted == (condition.op == Operator::equal || condition.op == Operator::in);
}

// A value inside JSON that is there.
bool value_holds(std::string_view json, const Condition& condition) {
  const std::string text = fold_case(codec::value_text(json));
  const auto* number = std::get_if<query::Number>(&condition.value);
  const std::string wanted = fold_case(number != nullptr ? number->text : std::get<std::string>(condition.value));
  const bool is_number = codec::type_of(json) == codec::JsonType::number;
  const bool is_string = codec::type_of(json) == codec::JsonType::string;
  switch (condition.op) {
    case Operator::equal:
    case Operator::not_equal: {
      bool same = text == wanted;
      if (number != nullptr && is_number) same = same || (query::parse_number(text) && query::parse_number(text)->value == number->value);
      return same == (condition.op == Operator::equal);
    }
    case Operator::contains:
    case Operator::not_contains:
    case Operator::starts_with:
    case Operator::ends_with:
      return compare_texts(text, condition.op, wanted);
    default:
      break;
  }
  if (number == nullptr) return is_string && compare(text, condition.op, wanted);
  const auto own = is_number || is_string ? query::parse_number(text) : std::nullopt;
  return own && compare(own->value, condition.op, number->value);
}

bool dictionary_holds(std::string_view json, const Condition& condition) {
  const std::optional<std::string_view> found = codec::find_value(json, condition.path);
  if (!query::takes_value(condition.op)) {
    const std::string text = found ? codec::value_text(*found) : "";
    return (text.empty() || text == "null") == (condition.op == Operator::is_empty);
  }
  if (!found) return condition.op == Operator::not_equal || condition.op == Operator::not_contains;
  return value_holds(*found, condition);
}

bool holds(const Record& record, const Condition& condition) {
  switch (condition.type) {
    case Type::string:
    case Type::string_exact:
      return string_holds(record, condition);
    case Type::date_time: {
      const std::optional<Instant> instant = instant_of(record, condition.operand);
      return instant && compare(*instant, condition.op, std::get<Instant>(condition.value));
    }
    case Type::number:
    case Type::duration: {
      const std::optional<double> number = number_of(record, condition.operand, condition.key);
      return number && compare(*number, condition.op, std::get<query::Number>(condition.value).value);
    }
    case Type::list:
      return list_holds(list_of(record, condition.operand), condition);
    case Type::dictionary:
      return dictionary_holds(json_of(record, condition.operand), condition);
    case Type::feedback_scores_number:
      return scores_hold(scores_of(record, condition.operand), condition);
    case Type::enumeration:
    case Type::enumeration_legacy:
      return enumeration_holds(record, condition);
    case Type::error_container:
      return record.view.fields.has(Field::error_info) == (condition.op == Operator::is_not_empty);
    case Type::custom:
      break;
  }
  return false;
}

// ---- sorting

// Nothing, or a value; numbers come before texts.
using SortValue = std::variant<std::monostate, int64_t, double, std::string, std::vector<std::string>>;

SortValue text_or_nothing(std::string text) { return text.empty() ? SortValue{} : SortValue{std::move(text)}; }

SortValue json_sort_value(std::string_view json, const model::JsonPath& path) {
  if (path.steps.empty()) return text_or_nothing(compact(json));
  const auto found = codec::find_value(json, path);
  if (!found) return {};
  if (codec::type_of(*found) == codec::JsonType::number) {
    if (const auto number = query::parse_number(*found)) return number->value;
  }
  return codec::value_text(*found);
}

SortValue sort_value(const Record& record, const query::SortKey& key) {
  const model::Fields& fields = record.view.fields;
  const auto integer = [&](Field f) { return fields.has(f) ? SortValue{fields.integer(f)} : SortValue{}; };
  switch (key.operand) {
    case Operand::id:
      return record.id.text();
    case Operand::start_time:
      return integer(Field::start_time);
    case Operand::end_time:
      return integer(Field::end_time);
    case Operand::created_at:
      return record.view.created_at_us;
    case Operand::last_updated_at:
      return record.view.last_updated_at_us;
    case Operand::parent_span_id:
      return text_or_nothing(uuid_text(fields.text(Field::parent_span_id)));
    case Operand::input:
    case Operand::output:
    case Operand::metadata:
      return json_sort_value(json_of(record, key.operand), key.path);
    case Operand::error_info:
      return text_or_nothing(compact(fields.text(Field::error_info)));
    case Operand::tags: {
      std::vector<std::string> tags = list_of(record, Operand::tags);
      return tags.empty() ? SortValue{} : SortValue{std::move(tags)};
    }
    case Operand::usage: {
      const auto usage = usage_of(record);
      const auto found = usage.find(key.key);
      return found == usage.end() ? SortValue{} : SortValue{found->second};
    }
    case Operand::feedback_scores:
    case Operand::span_feedback_scores: {
      const auto scores = scores_of(record, key.operand);
      const auto found = scores.find(key.key);
      return found == scores.end() ? SortValue{} : SortValue{found->second};
    }
    case Operand::cost:
    case Operand::span_count:
    case Operand::llm_span_count:
    case Operand::duration:
    case Operand::ttft: {
      const std::optional<double> number = number_of(record, key.operand, "");
      return number ? SortValue{*number} : SortValue{};
    }
    default:
      return text_or_nothing(text_of(record, key.operand));
  }
}

bool is_nothing(const SortValue& value) { return value.index() == 0; }

}  // namespace

bool fulfils(const Record& record, const query::Filter& filter) {
  return std::all_of(filter.conditions.begin(), filter.conditions.end(),
                     [&](const Condition& condition) { return holds(record, condition); });
}

void sort_records(std::vector<Record>& records, const std::vector<query::SortKey>& keys) {
  std::sort(records.begin(), records.end(), [&](const Record& a, const Record& b) {
    for (const query::SortKey& key : keys) {
      const SortValue of_a = sort_value(a, key);
      const SortValue of_b = sort_value(b, key);
      if (of_a == of_b) continue;
      if (is_nothing(of_a) || is_nothing(of_b)) return is_nothing(of_b);
      return key.descending ? of_b < of_a : of_a < of_b;
    }
    return a.id > b.id;
  });
}

}  // namespace opik::store::memory

#pragma once
// What a trace, a span or a thread can be filtered and sorted by: names, types, and the operators that fit a type.
//
// The tables are Opik's. Its API says `field` where the store may have a column, a part of a payload or a sum over spans: an
// Operand names the value, a Type how it is compared.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/field.h"

namespace opik::query {

enum class Entity : uint8_t { trace, span, thread };
constexpr Entity entity_of(model::Kind kind) { return kind == model::Kind::trace ? Entity::trace : Entity::span; }
std::string_view entity_name(Entity entity);

enum class Operand : uint8_t {
  id,
  name,
  start_time,
  end_time,
  created_at,
  last_updated_at,
  duration,  // ms
  ttft,      // ms
  input,
  output,
  metadata,
  error_info,
  error_type,  // of error_info: its exception_type
  tags,
  source,
  thread_id,
  trace_id,
  parent_span_id,
  type,
  model,
  provider,
  usage,  // by name; of a trace: the sum of its spans'
  cost,   // US dollars; of a trace: the sum of its spans'
  span_count,
  llm_span_count,
  feedback_scores,       // by name; the mean of its authors'
  span_feedback_scores,  // by name; the mean over the trace's spans
  visibility_mode,
  guardrails,
  annotation_queue_ids,
  experiment_id,
  created_by,
  // threads only
  first_message,
  last_message,
  number_of_messages,
  status,
};

// How a value is compared. What an entity does not have is "", 0 or an empty list, except for times, durations and what is
// looked up in JSON or by a score's name: there, nothing is comparable to it.
enum class Type : uint8_t {
  string,        // ignoring the case of ASCII letters
  string_exact,  // as it is
  date_time,
  number,
  duration,
  list,
  dictionary,              // a value inside JSON; a condition names where
  feedback_scores_number,  // a condition names the score
  enumeration,
  enumeration_legacy,  // Operand::source: nothing said counts as the first name
  error_container,
  custom,  // a condition names one of input, output, metadata, and where in it
};
// As Opik's messages write it: STRING_EXACT.
std::string_view type_name(Type type);

enum class Operator : uint8_t {
  equal,
  not_equal,
  greater,
  greater_equal,
  less,
  less_equal,
  contains,
  not_contains,
  starts_with,
  ends_with,
  is_empty,
  is_not_empty,
  in,
  not_in,
};
std::string_view operator_name(Operator op);
std::optional<Operator> find_operator(std::string_view name);
constexpr bool takes_value(Operator op) { return op != Operator::is_empty && op != Operator::is_not_empty; }
constexpr bool takes_list(Operator op) { return op == Operator::in || op == Operator::not_in; }
std::span<const Operator> operators_of(Type type);

struct FieldEntry {
  std::string_view name;
  Operand operand;
  Type type;
};
std::span<const FieldEntry> filter_fields(Entity entity);
// `usage.<name>` is found under the name "usage.*".
const FieldEntry* find_filter_field(Entity entity, std::string_view name);
// The names that an enumeration may be compared with; empty for what is none.
std::span<const std::string_view> enumerators(Operand operand);

// What rows can be sorted by. A name that ends in ".*" stands for all that begin so.
struct SortEntry {
  std::string_view name;
  Operand operand;
};
std::span<const SortEntry> sort_fields(Entity entity);
// The names, as `sortable_by` of Opik's answers lists them.
std::vector<std::string> sortable_by(Entity entity);

}  // namespace opik::query

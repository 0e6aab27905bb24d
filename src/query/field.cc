#include "query/field.h"

#include <algorithm>
#include <array>

namespace opik::query {
namespace {

constexpr std::array kTraceFields{
    FieldEntry{"id", Operand::id, Type::string_exact},
    FieldEntry{"name", Operand::name, Type::string},
    FieldEntry{"start_time", Operand::start_time, Type::date_time},
    FieldEntry{"end_time", Operand::end_time, Type::date_time},
    FieldEntry{"input", Operand::input, Type::string},
    FieldEntry{"output", Operand::output, Type::string},
    FieldEntry{"input_json", Operand::input, Type::dictionary},
    FieldEntry{"output_json", Operand::output, Type::dictionary},
    FieldEntry{"metadata", Operand::metadata, Type::dictionary},
    FieldEntry{"total_estimated_cost", Operand::cost, Type::number},
    FieldEntry{"llm_span_count", Operand::llm_span_count, Type::number},
    FieldEntry{"tags", Operand::tags, Type::list},
    FieldEntry{"usage.*", Operand::usage, Type::number},
    FieldEntry{"feedback_scores", Operand::feedback_scores, Type::feedback_scores_number},
    FieldEntry{"span_feedback_scores", Operand::span_feedback_scores, Type::feedback_scores_number},
    FieldEntry{"duration", Operand::duration, Type::duration},
    FieldEntry{"ttft", Operand::ttft, Type::number},
    FieldEntry{"thread_id", Operand::thread_id, Type::string_exact},
    FieldEntry{"guardrails", Operand::guardrails, Type::string},
    FieldEntry{"visibility_mode", Operand::visibility_mode, Type::enumeration},
    FieldEntry{"error_info", Operand::error_info, Type::error_container},
    FieldEntry{"error_type", Operand::error_type, Type::string},
    FieldEntry{"created_at", Operand::created_at, Type::date_time},
    FieldEntry{"last_updated_at", Operand::last_updated_at, Type::date_time},
    FieldEntry{"annotation_queue_ids", Operand::annotation_queue_ids, Type::list},
    FieldEntry{"experiment_id", Operand::experiment_id, Type::string_exact},
    FieldEntry{"source", Operand::source, Type::enumeration_legacy},
    FieldEntry{"custom", Operand::metadata, Type::custom},
};

constexpr std::array kSpanFields{
    FieldEntry{"id", Operand::id, Type::string},
    FieldEntry{"name", Operand::name, Type::string},
    FieldEntry{"start_time", Operand::start_time, Type::date_time},
    FieldEntry{"end_time", Operand::end_time, Type::date_time},
    FieldEntry{"created_at", Operand::created_at, Type::date_time},
    FieldEntry{"last_updated_at", Operand::last_updated_at, Type::date_time},
    FieldEntry{"input", Operand::input, Type::string},
    FieldEntry{"output", Operand::output, Type::string},
    FieldEntry{"input_json", Operand::input, Type::dictionary},
    FieldEntry{"output_json", Operand::output, Type::dictionary},
    FieldEntry{"metadata", Operand::metadata, Type::dictionary},
    FieldEntry{"model", Operand::model, Type::string},
    FieldEntry{"provider", Operand::provider, Type::string},
    FieldEntry{"total_estimated_cost", Operand::cost, Type::number},
    FieldEntry{"tags", Operand::tags, Type::list},
    FieldEntry{"usage.*", Operand::usage, Type::number},
    FieldEntry{"feedback_scores", Operand::feedback_scores, Type::feedback_scores_number},
    FieldEntry{"duration", Operand::duration, Type::duration},
    FieldEntry{"ttft", Operand::ttft, Type::number},
    FieldEntry{"error_info", Operand::error_info, Type::error_container},
    FieldEntry{"error_type", Operand::error_type, Type::string},
    FieldEntry{"type", Operand::type, Type::enumeration},
    FieldEntry{"trace_id", Operand::trace_id, Type::string},
    FieldEntry{"source", Operand::source, Type::enumeration_legacy},
    FieldEntry{"custom", Operand::metadata, Type::custom},
};

constexpr std::array kThreadFields{
    FieldEntry{"id", Operand::id, Type::string_exact},
    FieldEntry{"first_message", Operand::first_message, Type::string},
    FieldEntry{"last_message", Operand::last_message, Type::string},
    FieldEntry{"number_of_messages", Operand::number_of_messages, Type::number},
    FieldEntry{"duration", Operand::duration, Type::duration},
    FieldEntry{"created_at", Operand::created_at, Type::date_time},
    FieldEntry{"last_updated_at", Operand::last_updated_at, Type::date_time},
    FieldEntry{"start_time", Operand::start_time, Type::date_time},
    FieldEntry{"end_time", Operand::end_time, Type::date_time},
    FieldEntry{"feedback_scores", Operand::feedback_scores, Type::feedback_scores_number},
    FieldEntry{"status", Operand::status, Type::enumeration},
    FieldEntry{"tags", Operand::tags, Type::list},
    FieldEntry{"annotation_queue_ids", Operand::annotation_queue_ids, Type::list},
    FieldEntry{"source", Operand::source, Type::enumeration_legacy},
};

// In the order of Opik's `sortable_by`; behind it what can be sorted by but is not listed there.
constexpr std::array kTraceSort{
    SortEntry{"id", Operand::id},
    SortEntry{"name", Operand::name},
    SortEntry{"input", Operand::input},
    SortEntry{"output", Operand::output},
    SortEntry{"start_time", Operand::start_time},
    SortEntry{"end_time", Operand::end_time},
    SortEntry{"duration", Operand::duration},
    SortEntry{"ttft", Operand::ttft},
    SortEntry{"metadata", Operand::metadata},
    SortEntry{"thread_id", Operand::thread_id},
    SortEntry{"span_count", Operand::span_count},
    SortEntry{"llm_span_count", Operand::llm_span_count},
    SortEntry{"usage.*", Operand::usage},
    SortEntry{"total_estimated_cost", Operand::cost},
    SortEntry{"tags", Operand::tags},
    SortEntry{"error_info", Operand::error_info},
    SortEntry{"created_by", Operand::created_by},
    SortEntry{"feedback_scores.*", Operand::feedback_scores},
    SortEntry{"experiment_id", Operand::experiment_id},
    SortEntry{"input.*", Operand::input},
    SortEntry{"output.*", Operand::output},
    SortEntry{"metadata.*", Operand::metadata},
    SortEntry{"span_feedback_scores.*", Operand::span_feedback_scores},
    SortEntry{"created_at", Operand::created_at},
    SortEntry{"last_updated_at", Operand::last_updated_at},
};
constexpr size_t kTraceSortListed = 19;

constexpr std::array kSpanSort{
    SortEntry{"id", Operand::id},
    SortEntry{"name", Operand::name},
    SortEntry{"type", Operand::type},
    SortEntry{"trace_id", Operand::trace_id},
    SortEntry{"parent_span_id", Operand::parent_span_id},
    SortEntry{"input", Operand::input},
    SortEntry{"output", Operand::output},
    SortEntry{"metadata", Operand::metadata},
    SortEntry{"start_time", Operand::start_time},
    SortEntry{"end_time", Operand::end_time},
    SortEntry{"duration", Operand::duration},
    SortEntry{"ttft", Operand::ttft},
    SortEntry{"usage.*", Operand::usage},
    SortEntry{"tags", Operand::tags},
    SortEntry{"created_at", Operand::created_at},
    SortEntry{"last_updated_at", Operand::last_updated_at},
    SortEntry{"model", Operand::model},
    SortEntry{"provider", Operand::provider},
    SortEntry{"total_estimated_cost", Operand::cost},
    SortEntry{"error_info", Operand::error_info},
    SortEntry{"created_by", Operand::created_by},
    SortEntry{"feedback_scores.*", Operand::feedback_scores},
    SortEntry{"input.*", Operand::input},
    SortEntry{"output.*", Operand::output},
    SortEntry{"metadata.*", Operand::metadata},
};
constexpr size_t kSpanSortListed = 22;

constexpr std::array kThreadSort{
    SortEntry{"id", Operand::id},
    SortEntry{"start_time", Operand::start_time},
    SortEntry{"end_time", Operand::end_time},
    SortEntry{"duration", Operand::duration},
    SortEntry{"number_of_messages", Operand::number_of_messages},
    SortEntry{"last_updated_at", Operand::last_updated_at},
    SortEntry{"created_by", Operand::created_by},
    SortEntry{"created_at", Operand::created_at},
    SortEntry{"usage.*", Operand::usage},
    SortEntry{"total_estimated_cost", Operand::cost},
    SortEntry{"feedback_scores.*", Operand::feedback_scores},
    SortEntry{"status", Operand::status},
    SortEntry{"tags", Operand::tags},
};

constexpr std::array<std::string_view, 12> kTypes{"STRING",   "STRING_EXACT", "DATE_TIME",       "NUMBER",
                                                  "DURATION", "LIST",         "DICTIONARY",      "FEEDBACK_SCORES_NUMBER",
                                                  "ENUM",     "ENUM_LEGACY",  "ERROR_CONTAINER", "CUSTOM"};

constexpr std::array<std::string_view, 14> kOperators{
    "=", "!=", ">", ">=", "<", "<=", "contains", "not_contains", "starts_with", "ends_with", "is_empty", "is_not_empty", "in", "not_in"};

using enum Operator;
constexpr std::array kOfStrings{equal, not_equal, contains, not_contains, starts_with, ends_with, greater, less};
constexpr std::array kOfNumbers{equal, not_equal, greater, greater_equal, less, less_equal};
constexpr std::array kOfLists{equal, not_equal, contains, not_contains, is_empty, is_not_empty};
// >= and <= are not among Opik's, but its SDK lets people write them.
constexpr std::array kOfDictionaries{equal,   not_equal,     contains, not_contains, starts_with, ends_with,
                                     greater, greater_equal, less,     less_equal,   is_empty,    is_not_empty};
constexpr std::array kOfScores{equal, not_equal, greater, greater_equal, less, less_equal, is_empty, is_not_empty};
constexpr std::array kOfEnumerations{equal, not_equal, in, not_in};
constexpr std::array kOfErrors{is_empty, is_not_empty};

constexpr std::array<std::string_view, 4> kSpanTypes{"general", "tool", "llm", "guardrail"};
constexpr std::array<std::string_view, 5> kSources{"sdk", "experiment", "playground", "optimization", "unknown"};
constexpr std::array<std::string_view, 3> kVisibilityModes{"default", "hidden", "unknown"};
constexpr std::array<std::string_view, 2> kThreadStatuses{"active", "inactive"};

}  // namespace

std::string_view entity_name(Entity entity) {
  switch (entity) {
    case Entity::trace:
      return "trace";
    case Entity::span:
      return "span";
    case Entity::thread:
      break;
  }
  return "thread";
}

std::string_view type_name(Type type) { return kTypes[static_cast<size_t>(type)]; }

std::string_view operator_name(Operator op) { return kOperators[static_cast<size_t>(op)]; }

std::optional<Operator> find_operator(std::string_view name) {
  const auto* found = std::find(kOperators.begin(), kOperators.end(), name);
  if (found == kOperators.end()) return std::nullopt;
  return static_cast<Operator>(found - kOperators.begin());
}

std::span<const Operator> operators_of(Type type) {
  switch (type) {
    case Type::string:
    case Type::string_exact:
      return kOfStrings;
    case Type::date_time:
    case Type::number:
    case Type::duration:
      return kOfNumbers;
    case Type::list:
      return kOfLists;
    case Type::dictionary:
    case Type::custom:
      return kOfDictionaries;
    case Type::feedback_scores_number:
      return kOfScores;
    case Type::enumeration:
    case Type::enumeration_legacy:
      return kOfEnumerations;
    case Type::error_container:
      break;
  }
  return kOfErrors;
}

std::span<const FieldEntry> filter_fields(Entity entity) {
  switch (entity) {
    case Entity::trace:
      return kTraceFields;
    case Entity::span:
      return kSpanFields;
    case Entity::thread:
      break;
  }
  return kThreadFields;
}

const FieldEntry* find_filter_field(Entity entity, std::string_view name) {
  constexpr std::string_view kUsage = "usage.";
  if (name.size() > kUsage.size() && name.starts_with(kUsage)) name = "usage.*";
  for (const FieldEntry& entry : filter_fields(entity)) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

std::span<const std::string_view> enumerators(Operand operand) {
  switch (operand) {
    case Operand::type:
      return kSpanTypes;
    case Operand::source:
      return kSources;
    case Operand::visibility_mode:
      return kVisibilityModes;
    case Operand::status:
      return kThreadStatuses;
    default:
      return {};
  }
}

std::span<const SortEntry> sort_fields(Entity entity) {
  switch (entity) {
    case Entity::trace:
      return kTraceSort;
    case Entity::span:
      return kSpanSort;
    case Entity::thread:
      break;
  }
  return kThreadSort;
}

std::vector<std::string> sortable_by(Entity entity) {
  std::span<const SortEntry> listed = sort_fields(entity);
  if (entity == Entity::trace) listed = listed.first(kTraceSortListed);
  if (entity == Entity::span) listed = listed.first(kSpanSortListed);
  std::vector<std::string> names;
  names.reserve(listed.size());
  for (const SortEntry& entry : listed) names.emplace_back(entry.name);
  return names;
}

}  // namespace opik::query

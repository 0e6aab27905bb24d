#include "store/sqlite/filter_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/check.h"
#include "codec/decode.h"
#include "model/thread.h"
#include "store/sqlite/text_condition.h"
#include "store/sqlite/time_bound.h"

namespace opik::store::sqlite {
namespace {

using query::Condition;
using query::Entity;
using query::Operand;
using query::Operator;
using query::Type;

// The spans of a trace: those in its project, as its totals count them.
constexpr std::string_view kSpansOfTrace = "FROM spans s WHERE s.project_n = e.project_n AND s.trace_id = e.id";
// Those of a thread: of all its traces.
constexpr std::string_view kSpansOfThread =
    "FROM traces t INDEXED BY traces_by_thread CROSS JOIN spans s INDEXED BY spans_by_trace ON s.project_n = t.project_n AND s.trace_id = "
    "t.id WHERE t.project_n = e.project_n AND t.thread_id = e.thread_id";

// The tokens of one name in a JSON object of names and tokens; NULL if it is not there.
class UsageKey final : public RowKey {
 public:
  explicit UsageKey(std::string name) : name_(std::move(name)) {}
  void give(sqlite3_context* out, sqlite3_value* value) const override {
    model::TokenCounts usage;
    codec::add_usage(text_of(value), usage);
    if (const auto found = usage.find(name_); found != usage.end()) sqlite3_result_int64(out, found->second);
  }

 private:
  const std::string name_;
};

// Lists in order: element by element, the shorter of two first. NULL for the empty list.
class ListKey final : public RowKey {
 public:
  void give(sqlite3_context* out, sqlite3_value* value) const override {
    const std::vector<std::string> list = codec::parse_tags(text_of(value));
    if (list.empty()) return;
    std::string key;
    for (const std::string& text : list) (key += text).push_back('\0');
    sqlite3_result_blob64(out, key.data(), key.size(), SQLITE_TRANSIENT);
  }
};

std::string_view symbol_of(Operator op) {
  switch (op) {
    case Operator::not_equal:
      return "<>";
    case Operator::greater:
      return ">";
    case Operator::greater_equal:
      return ">=";
    case Operator::less:
      return "<";
    case Operator::less_equal:
      return "<=";
    default:
      return "=";
  }
}

// A column of text; NULL: nothing is said, or nothing is kept of it here.
std::string_view text_column(Entity entity, Operand operand) {
  switch (operand) {
    case Operand::id:
      return "e.thread_id";  // threads only: other ids are not kept as text
    case Operand::name:
      return "e.name";
    case Operand::thread_id:
      return "e.thread_id";
    case Operand::type:
      return "e.type";
    case Operand::model:
      return "e.model";
    case Operand::provider:
      return "e.provider";
    case Operand::source:
      return entity == Entity::thread ? "(SELECT t.source FROM traces t WHERE t.n = e.first_trace_n)" : "e.source";
    case Operand::error_type:
      return "e.error_type";
    case Operand::visibility_mode:
      return "'default'";
    case Operand::guardrails:  // 'failed' comes before 'passed': one that failed is enough
      return "(SELECT min(g.verdict) FROM guardrail_checks g WHERE g.workspace_n = e.workspace_n AND g.trace_id = e.id)";
    default:
      return "NULL";
  }
}

std::string_view payload_column(Operand operand) {
  if (operand == Operand::input) return "e.input_bytes";
  return operand == Operand::output ? "e.output_bytes" : "e.metadata_bytes";
}

class Lowering {
 public:
  Lowering(const FilteredRows& rows, Parameters& with)
      : source_(rows.payloads), entity_(rows.entity), active_since_us_(rows.active_since_us), with_(with) {}

  std::string filter(const query::Filter& filter) {
    std::string columns;
    std::string others;
    bool on_payload = false;
    std::vector<Condition> on_first;
    std::vector<Condition> on_last;
    for (const Condition& condition : filter.conditions) {
      if (condition.operand == Operand::first_message || condition.operand == Operand::last_message) {
        const bool is_first = condition.operand == Operand::first_message;
        Condition& on_trace = (is_first ? on_first : on_last).emplace_back(condition);
        on_trace.operand = is_first ? Operand::input : Operand::output;
        continue;
      }
      if (is_on_payload(condition)) {
        on_payload = true;
        if (!holds_of_absent(condition)) columns += fmt::format(" AND {} IS NOT NULL", payload_column(condition.operand));
        continue;
      }
      std::string& into = looks_elsewhere(condition) ? others : columns;
      into += fmt::format(" AND {}", lower(condition));
    }
    std::string last = others.empty() ? "1" : others.substr(std::string_view(" AND ").size());
    if (on_payload) last = before_payload(last, filter.conditions, "e.n");
    if (!on_first.empty()) last = before_payload(last, on_first, "e.first_trace_n");
    if (!on_last.empty()) last = before_payload(last, on_last, "e.last_trace_n");
    return last == "1" ? columns : columns + " AND " + last;
  }

  std::string sort(const std::vector<query::SortKey>& keys) {
    std::string out;
    for (const query::SortKey& key : keys) {
      const std::string value = sort_value(key);
      if (!value.empty()) out += fmt::format("{} {} NULLS LAST, ", value, key.descending ? "DESC" : "ASC");
    }
    return out;
  }

 private:
  // SQLite orders the terms of an AND by its own estimate; a CASE it evaluates as it stands.
  std::string before_payload(std::string_view others, const std::vector<Condition>& conditions, std::string_view n) {
    return fmt::format("CASE WHEN {} THEN opik_test({}, {}) ELSE 0 END", others, with_.add(payload_test(source_, conditions)), n);
  }

  bool looks_elsewhere(const Condition& condition) const {
    if (condition.type == Type::feedback_scores_number || condition.operand == Operand::guardrails) return true;
    if (entity_ == Entity::thread) return condition.operand == Operand::source;
    const bool is_total =
        condition.operand == Operand::cost || condition.operand == Operand::usage || condition.operand == Operand::llm_span_count;
    return entity_ == Entity::trace && is_total;
  }

  std::string lower(const Condition& condition) {
    switch (condition.type) {
      case Type::string:
      case Type::string_exact:
        return text(condition);
      case Type::date_time:
        return time(condition);
      case Type::number:
      case Type::duration:
        return fmt::format("{} {} {}", number(condition.operand, condition.key), symbol_of(condition.op),
                           with_.add(std::get<query::Number>(condition.value).value));
      case Type::list:
        return fmt::format("opik_test({}, {})", with_.add(column_list_test(condition)),
                           condition.operand == Operand::tags ? "e.tags" : "NULL");
      case Type::feedback_scores_number:
        return score(condition);
      case Type::enumeration:
      case Type::enumeration_legacy:
        return enumeration(condition);
      case Type::error_container:
        return condition.op == Operator::is_empty ? "e.error_type IS NULL" : "e.error_type IS NOT NULL";
      case Type::dictionary:
      case Type::custom:
        break;
    }
    base::check(false, "a condition on a payload, or one that was not planned");
    return {};
  }

  std::string text(const Condition& condition) {
    const std::string& value = std::get<std::string>(condition.value);
    const bool ignores_case = condition.type == Type::string;
    const bool is_uuid = condition.operand == Operand::trace_id || (condition.operand == Operand::id && entity_ != Entity::thread);
    // One thread: by an index.
    if (!is_uuid && condition.operand == Operand::id && condition.op == Operator::equal) return "e.thread_id = " + with_.add(value);
    if (!is_uuid) {
      return fmt::format("opik_test({}, {})", with_.add(column_text_test(condition.op, value, ignores_case)),
                         text_column(entity_, condition.operand));
    }
    const std::string_view column = condition.operand == Operand::id ? "e.id" : "e.trace_id";
    const std::optional<base::Uuid> id = base::Uuid::parse(value);
    const bool is_id = id && (ignores_case || id->text() == value);
    // One id: by an index, where there is one.
    if (is_id && condition.op == Operator::equal) return fmt::format("{} = {}", column, with_.add_blob(id->bytes()));
    return fmt::format("opik_test({}, {})", with_.add(column_id_test(condition.op, value, ignores_case)), column);
  }

  std::string time(const Condition& condition) {
    const auto& instant = std::get<base::Instant>(condition.value);
    if (condition.operand == Operand::start_time || condition.operand == Operand::end_time) {
      const std::string_view column = condition.operand == Operand::start_time ? "e.start_time_ns" : "e.end_time_ns";
      return fmt::format("{} {} {}", column, symbol_of(condition.op), with_.add(to_ns(instant)));
    }
    const std::string_view column = condition.operand == Operand::created_at ? "e.created_at_us" : "e.last_updated_at_us";
    const TimeBound bound = bound_us(condition.op, instant);
    if (bound.always) return *bound.always ? "1" : "0";
    return fmt::format("{} {} {}", column, symbol_of(bound.op), with_.add(bound.us));
  }

  // NULL: there is none.
  std::string number(Operand operand, const std::string& key) {
    switch (operand) {
      case Operand::duration:
        return "(e.end_time_ns / 1000 - e.start_time_ns / 1000) / 1000.0";
      case Operand::ttft:
        return "e.ttft_ms";
      case Operand::cost:
        if (entity_ != Entity::span) return fmt::format("(SELECT opik_sum(s.total_estimated_cost) {})", spans());
        return "coalesce(e.total_estimated_cost, 0)";
      case Operand::span_count:
        return fmt::format("(SELECT count(*) {})", kSpansOfTrace);
      case Operand::llm_span_count:
        return fmt::format("(SELECT count(*) {} AND s.type = 'llm')", kSpansOfTrace);
      case Operand::usage:
        return fmt::format("coalesce({}, 0)", usage(key));
      case Operand::number_of_messages:
        return fmt::format("e.trace_count * {}", model::kMessagesOfTrace);
      default:
        return "NULL";
    }
  }

  std::string usage(const std::string& name) {
    const std::string key = with_.add(std::unique_ptr<const RowKey>(std::make_unique<UsageKey>(name)));
    if (entity_ != Entity::span) return fmt::format("(SELECT sum(opik_key({}, s.usage)) {})", key, spans());
    return fmt::format("opik_key({}, e.usage)", key);
  }

  std::string_view spans() const { return entity_ == Entity::thread ? kSpansOfThread : kSpansOfTrace; }

  // The scores that count for a row, before conditions on them.
  std::string scores_from(Operand operand) const {
    if (operand == Operand::span_feedback_scores) {
      return "FROM spans s JOIN feedback_scores f ON f.workspace_n = s.workspace_n AND f.entity = 'span' AND f.entity_id = s.id "
             "WHERE s.project_n = e.project_n AND s.trace_id = e.id";
    }
    return fmt::format("FROM feedback_scores f WHERE f.workspace_n = e.workspace_n AND f.entity = '{}' AND f.entity_id = e.id",
                       query::entity_name(entity_));
  }

  std::string score(const Condition& condition) {
    const std::string named = fmt::format("{} AND opik_test({}, f.name)", scores_from(condition.operand),
                                          with_.add(column_text_test(Operator::equal, condition.key, true)));
    if (condition.op == Operator::is_empty) return fmt::format("NOT EXISTS (SELECT 1 {})", named);
    if (condition.op == Operator::is_not_empty) return fmt::format("EXISTS (SELECT 1 {})", named);
    const bool negated = condition.op == Operator::not_equal;
    return fmt::format("{}EXISTS (SELECT 1 {} GROUP BY f.name HAVING opik_mean(f.value_nano) {} {})", negated ? "NOT " : "", named,
                       symbol_of(negated ? Operator::equal : condition.op), with_.add(std::get<query::Nano>(condition.value).value));
  }

  std::string enumeration(const Condition& condition) {
    std::vector<std::string> names;
    if (const auto* one = std::get_if<std::string>(&condition.value)) names.push_back(*one);
    if (const auto* many = std::get_if<std::vector<std::string>>(&condition.value)) names = *many;
    std::string accepted;
    bool accepts_nothing = false;
    for (const std::string& name : names) {
      accepted += (accepted.empty() ? "" : ", ") + with_.add(name);
      // Of a source nothing is said by SDKs that did not say it yet.
      accepts_nothing |= condition.type == Type::enumeration_legacy && (name == "sdk" || name == "unknown");
    }
    if (accepts_nothing) accepted += ", ''";
    const bool negated = condition.op == Operator::not_equal || condition.op == Operator::not_in;
    return fmt::format("coalesce({}, ''){} IN ({})", enumerator(condition.operand), negated ? " NOT" : "", accepted);
  }

  std::string enumerator(Operand operand) {
    if (operand != Operand::status) return std::string(text_column(entity_, operand));
    return fmt::format("CASE WHEN e.closed_at_us IS NOT NULL OR e.active_at_us < {} THEN 'inactive' ELSE 'active' END",
                       with_.add(active_since_us_));
  }

  // Nothing: all rows are the same.
  std::string sort_value(const query::SortKey& key) {
    switch (key.operand) {
      case Operand::id:
        return entity_ == Entity::thread ? "e.thread_id" : "e.id";
      case Operand::status:
        return enumerator(key.operand);
      case Operand::trace_id:
        return "e.trace_id";
      case Operand::parent_span_id:
        return "e.parent_span_id";
      case Operand::start_time:
        return "e.start_time_ns";
      case Operand::end_time:
        return "e.end_time_ns";
      case Operand::created_at:
        return "e.created_at_us";
      case Operand::last_updated_at:
        return "e.last_updated_at_us";
      case Operand::input:
      case Operand::output:
      case Operand::metadata:
      case Operand::error_info:
        return fmt::format("opik_key({}, e.n)", with_.add(payload_key(source_, key)));
      case Operand::tags:
        return fmt::format("opik_key({}, e.tags)", with_.add(std::unique_ptr<const RowKey>(std::make_unique<ListKey>())));
      case Operand::usage:
        return usage(key.key);
      case Operand::feedback_scores:
      case Operand::span_feedback_scores:
        return fmt::format("(SELECT opik_mean(f.value_nano) {} AND f.name = {})", scores_from(key.operand), with_.add(key.key));
      case Operand::duration:
      case Operand::ttft:
      case Operand::cost:
      case Operand::span_count:
      case Operand::llm_span_count:
      case Operand::number_of_messages:
        return number(key.operand, key.key);
      case Operand::created_by:
      case Operand::experiment_id:
        return {};
      default:
        return fmt::format("nullif({}, '')", text_column(entity_, key.operand));
    }
  }

  const PayloadSource& source_;
  const Entity entity_;
  const int64_t active_since_us_;
  Parameters& with_;
};

}  // namespace

std::string filter_sql(const FilteredRows& rows, const query::Filter& filter, Parameters& with) {
  return Lowering(rows, with).filter(filter);
}

std::string sort_sql(const FilteredRows& rows, const std::vector<query::SortKey>& keys, Parameters& with) {
  return Lowering(rows, with).sort(keys);
}

}  // namespace opik::store::sqlite

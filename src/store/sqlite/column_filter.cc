#include "store/sqlite/column_filter.h"

#include <limits>
#include <map>
#include <set>

#include "base/check.h"
#include "store/sqlite/payload_query.h"
#include "store/sqlite/text_condition.h"
#include "store/sqlite/time_bound.h"

namespace opik::store::sqlite {
namespace {

using model::Kind;
using query::Condition;
using query::Operand;
using query::Operator;
using query::Type;

template <class Value>
bool compares(Operator op, const Value& a, const Value& b) {
  switch (op) {
    case Operator::not_equal:
      return a != b;
    case Operator::greater:
      return a > b;
    case Operator::greater_equal:
      return a >= b;
    case Operator::less:
      return a < b;
    case Operator::less_equal:
      return a <= b;
    default:
      return a == b;
  }
}

using TextColumn = PackedColumn<uint32_t> Chunk::*;

TextColumn text_column(Operand operand) {
  switch (operand) {
    case Operand::name:
      return &Chunk::name;
    case Operand::source:
      return &Chunk::source;
    case Operand::thread_id:
      return &Chunk::thread;
    case Operand::type:
      return &Chunk::type;
    case Operand::model:
      return &Chunk::model;
    case Operand::provider:
      return &Chunk::provider;
    default:
      return &Chunk::error_type;
  }
}

uint8_t payload_bit(Operand operand) {
  if (operand == Operand::input) return Chunk::kHasInput;
  return operand == Operand::output ? Chunk::kHasOutput : Chunk::kHasMetadata;
}

// Asks a question once for each text there is, however many rows have it.
template <class Holds>
class OfText {
 public:
  OfText(const ColumnState& state, Holds holds)
      : strings_(state.names().strings), holds_(std::move(holds)), verdicts_(state.string_count(), kUnknown) {}
  bool operator()(uint32_t number) {
    int8_t& verdict = verdicts_[number];
    if (verdict == kUnknown) verdict = holds_(strings_[number]) ? 1 : 0;
    return verdict == 1;
  }

 private:
  static constexpr int8_t kUnknown = -1;
  const Strings& strings_;
  Holds holds_;
  std::vector<int8_t> verdicts_;
};

template <class Holds>
void narrow(std::vector<uint8_t>& keep, Holds&& holds) {
  for (size_t row = 0; row < keep.size(); ++row) {
    if (keep[row] != 0) keep[row] = holds(row);
  }
}

}  // namespace

std::vector<std::vector<ScoreValue>> span_scores_by_trace(const ColumnState& state) {
  std::vector<std::vector<ScoreValue>> scores;
  for (const LiveChunk& chunk : state.chunks(Kind::span)) {
    const Chunk& rows = *chunk.rows;
    if (rows.scores.values.empty()) continue;
    scores.resize(state.trace_count());
    for (size_t row = 0; row < rows.size(); ++row) {
      if (chunk.is_dead(row)) continue;
      std::vector<ScoreValue>& of_trace = scores[rows.trace[row]];
      of_trace.insert(of_trace.end(), rows.scores.begin_of(row), rows.scores.end_of(row));
    }
  }
  return scores;
}

// Conditions that columns can answer -> tests.
class ColumnFilter::Lowering {
 public:
  Lowering(const ColumnState& state, Kind kind) : state_(state), is_trace_(kind == Kind::trace) {}

  Test condition(const Condition& condition) {
    switch (condition.type) {
      case Type::string:
      case Type::string_exact:
        return text(condition);
      case Type::date_time:
        return time(condition);
      case Type::number:
      case Type::duration:
        return number(condition);
      case Type::list:
        return texts(&Chunk::tags, ListAsked{ListTest(condition)});
      case Type::feedback_scores_number:
        return score(condition);
      case Type::enumeration:
      case Type::enumeration_legacy:
        return enumeration(condition);
      case Type::error_container: {
        const bool wants_error = condition.op == Operator::is_not_empty;
        return rows([wants_error](const Chunk& chunk, size_t row) { return (chunk.error_type[row] != Strings::kNone) == wants_error; });
      }
      case Type::dictionary:
      case Type::custom:
        break;
    }
    base::check(false, "a condition that columns cannot answer");
    return {};
  }

  // Opens no payload of a row that has none of it.
  Test has_payload(Operand operand) {
    return rows([bit = payload_bit(operand)](const Chunk& chunk, size_t row) { return (chunk.payload[row] & bit) != 0; });
  }
  Test id_from(const base::Uuid& id) {
    return rows([id](const Chunk& chunk, size_t row) { return chunk.id[row] >= id; });
  }
  Test id_to(const base::Uuid& id) {
    return rows([id](const Chunk& chunk, size_t row) { return chunk.id[row] <= id; });
  }
  Test id_before(const base::Uuid& id) {
    return rows([id](const Chunk& chunk, size_t row) { return chunk.id[row] < id; });
  }
  Test trace(const base::Uuid& id) {
    return rows([id, &names = state_.names()](const Chunk& chunk, size_t row) { return names.traces[chunk.trace[row]] == id; });
  }
  Test type(const std::string& wanted) {
    return texts(&Chunk::type, [wanted](std::string_view text) { return text == wanted; });
  }

 private:
  struct TextAsked {
    std::shared_ptr<const TextTest> test;
    bool operator()(std::string_view text) const { return test->holds(text); }
  };
  struct ListAsked {
    ListTest test;
    bool operator()(std::string_view json) const { return test.holds(json); }
  };

  template <class Holds>
  static Test rows(Holds holds) {
    return [holds = std::move(holds)](const Chunk& chunk, std::vector<uint8_t>& keep) {
      narrow(keep, [&](size_t row) { return holds(chunk, row); });
    };
  }
  template <class Holds>
  Test texts(TextColumn column, Holds holds) {
    auto asked = std::make_shared<OfText<Holds>>(state_, std::move(holds));  // std::function copies what it holds
    return [column, asked](const Chunk& chunk, std::vector<uint8_t>& keep) {
      const PackedColumn<uint32_t>& numbers = chunk.*column;
      narrow(keep, [&](size_t row) { return (*asked)(numbers[row]); });
    };
  }
  // value(chunk, row) is a double, NaN for none: no comparison holds, not even !=.
  template <class Value>
  static Test compared(const Condition& condition, Value value) {
    return rows([op = condition.op, wanted = std::get<query::Number>(condition.value).value, value = std::move(value)](const Chunk& chunk,
                                                                                                                       size_t row) {
      const double own = value(chunk, row);
      return own == own && compares(op, own, wanted);
    });
  }

  Test text(const Condition& condition) {
    const auto& value = std::get<std::string>(condition.value);
    const auto test = std::make_shared<const TextTest>(condition.op, value, condition.type == Type::string);
    if (condition.operand == Operand::id) {
      return rows([test](const Chunk& chunk, size_t row) { return test->holds(chunk.id[row].text()); });
    }
    if (condition.operand == Operand::trace_id) {
      return rows([test, &names = state_.names()](const Chunk& chunk, size_t row) {
        const base::Uuid& id = names.traces[chunk.trace[row]];
        return test->holds(id == base::Uuid{} ? std::string{} : id.text());
      });
    }
    return texts(text_column(condition.operand), TextAsked{test});
  }

  Test time(const Condition& condition) {
    const auto& instant = std::get<base::Instant>(condition.value);
    if (condition.operand == Operand::start_time || condition.operand == Operand::end_time) {
      const auto column = condition.operand == Operand::start_time ? &Chunk::start_ns : &Chunk::end_ns;
      return rows([op = condition.op, column, wanted = to_ns(instant)](const Chunk& chunk, size_t row) {
        const int64_t own = (chunk.*column)[row];
        return own != kNoTime && compares(op, own, wanted);
      });
    }
    const auto column = condition.operand == Operand::created_at ? &Chunk::created_us : &Chunk::updated_us;
    const TimeBound bound = bound_us(condition.op, instant);
    if (bound.always) return rows([holds = *bound.always](const Chunk&, size_t) { return holds; });
    return rows([column, bound](const Chunk& chunk, size_t row) { return compares(bound.op, (chunk.*column)[row], bound.us); });
  }

  Test number(const Condition& condition) {
    switch (condition.operand) {
      case Operand::duration:
        return compared(condition, [](const Chunk& chunk, size_t row) {
          if (chunk.end_ns[row] == kNoTime) return std::numeric_limits<double>::quiet_NaN();
          return static_cast<double>(chunk.end_ns[row] / 1000 - chunk.start_ns[row] / 1000) / 1000.0;
        });
      case Operand::ttft:
        return compared(condition, [](const Chunk& chunk, size_t row) { return chunk.ttft_ms[row]; });
      case Operand::cost:
        if (is_trace_) {
          return compared(condition,
                          [&totals = state_.span_totals()](const Chunk& chunk, size_t row) { return totals.cost[chunk.trace[row]]; });
        }
        return compared(condition, [](const Chunk& chunk, size_t row) { return chunk.cost[row] == chunk.cost[row] ? chunk.cost[row] : 0; });
      case Operand::llm_span_count:
        return compared(condition, [&totals = state_.span_totals()](const Chunk& chunk, size_t row) {
          return static_cast<double>(totals.llm_span_count[chunk.trace[row]]);
        });
      default:
        return is_trace_ ? trace_usage(condition) : span_usage(condition);
    }
  }

  Test trace_usage(const Condition& condition) {
    const SpanTotals::Tokens* tokens = nullptr;
    for (const SpanTotals::Tokens& counted : state_.span_totals().usage) {
      if (state_.names().strings[counted.name] == condition.key) tokens = &counted;
    }
    return compared(condition, [tokens](const Chunk& chunk, size_t row) {
      return tokens == nullptr ? 0.0 : static_cast<double>(tokens->count[chunk.trace[row]]);
    });
  }

  Test span_usage(const Condition& condition) {
    // Where the name stands in each list of names: -1 nowhere.
    auto places = std::make_shared<std::map<uint32_t, int>>();
    return compared(condition, [places, key = condition.key, &names = state_.names()](const Chunk& chunk, size_t row) {
      const size_t counted = chunk.usage.size_of(row);
      if (counted == 0) return 0.0;
      const auto [place, is_new] = places->try_emplace(chunk.usage_names[row], -1);
      if (is_new) {
        const uint32_t* list = names.usage[chunk.usage_names[row]];
        for (size_t i = 0; i < counted; ++i) {
          if (names.strings[list[i]] == key) place->second = static_cast<int>(i);
        }
      }
      return place->second < 0 ? 0.0
                               : static_cast<double>(chunk.usage.values[chunk.usage.first_of(row) + static_cast<size_t>(place->second)]);
    });
  }

  Test score(const Condition& condition) {
    const TextTest name(Operator::equal, condition.key, true);
    auto named = std::make_shared<OfText<TextAsked>>(state_, TextAsked{std::make_shared<const TextTest>(name)});
    const auto holds = [named, op = condition.op, wanted = wanted_of(condition)](const ScoreValue* begin, const ScoreValue* end) {
      bool is_given = false;
      bool fits = false;
      const Operator asked = op == Operator::not_equal ? Operator::equal : op;
      each_mean_score(begin, end, [&](uint32_t score_name, int64_t mean) {
        if (!(*named)(score_name)) return;
        is_given = true;
        fits = fits || compares(asked, mean, wanted);
      });
      if (op == Operator::is_empty) return !is_given;
      if (op == Operator::is_not_empty) return is_given;
      return op == Operator::not_equal ? !fits : fits;
    };
    if (condition.operand == Operand::feedback_scores) {
      return rows([holds](const Chunk& chunk, size_t row) { return holds(chunk.scores.begin_of(row), chunk.scores.end_of(row)); });
    }
    auto scores = std::make_shared<const std::vector<std::vector<ScoreValue>>>(span_scores_by_trace(state_));
    return rows([holds, scores](const Chunk& chunk, size_t row) {
      if (scores->empty()) return holds(nullptr, nullptr);
      const std::vector<ScoreValue>& own = (*scores)[chunk.trace[row]];
      return holds(own.data(), own.data() + own.size());
    });
  }
  static int64_t wanted_of(const Condition& condition) {
    const auto* nano = std::get_if<query::Nano>(&condition.value);
    return nano == nullptr ? 0 : nano->value;
  }

  Test enumeration(const Condition& condition) {
    std::set<std::string, std::less<>> accepted;
    if (const auto* one = std::get_if<std::string>(&condition.value)) accepted.insert(*one);
    if (const auto* many = std::get_if<std::vector<std::string>>(&condition.value)) accepted.insert(many->begin(), many->end());
    const bool is_legacy = condition.type == Type::enumeration_legacy && (accepted.contains("sdk") || accepted.contains("unknown"));
    if (is_legacy) accepted.emplace();
    const bool negated = condition.op == Operator::not_equal || condition.op == Operator::not_in;
    return texts(text_column(condition.operand), [accepted, negated](std::string_view text) { return accepted.contains(text) != negated; });
  }

  const ColumnState& state_;
  const bool is_trace_;
};

ColumnFilter::ColumnFilter(const ColumnState& state, const query::Selection& which, const std::optional<base::Uuid>& before) {
  Lowering lowering(state, which.kind);
  if (which.id_from) tests_.push_back(lowering.id_from(*which.id_from));
  if (which.id_to) tests_.push_back(lowering.id_to(*which.id_to));
  if (before) tests_.push_back(lowering.id_before(*before));
  if (which.trace_id) tests_.push_back(lowering.trace(*which.trace_id));
  if (which.type) tests_.push_back(lowering.type(*which.type));
  for (const Condition& condition : which.filter.conditions) {
    if (answers(which.kind, condition)) {
      tests_.push_back(lowering.condition(condition));
      continue;
    }
    rest_.conditions.push_back(condition);
    if (is_on_payload(condition) && !holds_of_absent(condition)) tests_.push_back(lowering.has_payload(condition.operand));
  }
}

ColumnFilter::~ColumnFilter() = default;

bool ColumnFilter::answers(Kind kind, const Condition& condition) {
  const bool is_trace = kind == Kind::trace;
  switch (condition.operand) {
    case Operand::id:
    case Operand::name:
    case Operand::source:
    case Operand::error_type:
    case Operand::start_time:
    case Operand::end_time:
    case Operand::created_at:
    case Operand::last_updated_at:
    case Operand::duration:
    case Operand::ttft:
    case Operand::cost:
    case Operand::usage:
    case Operand::tags:
    case Operand::feedback_scores:
      return true;
    case Operand::error_info:
      return condition.type == Type::error_container;
    case Operand::thread_id:
    case Operand::llm_span_count:
    case Operand::span_feedback_scores:
      return is_trace;
    case Operand::trace_id:
    case Operand::type:
    case Operand::model:
    case Operand::provider:
      return !is_trace;
    default:
      return false;
  }
}

void ColumnFilter::test(const LiveChunk& chunk, std::vector<uint8_t>& keep) const {
  keep.assign(chunk.rows->size(), 1);
  if (chunk.dead != nullptr) {
    for (size_t row = 0; row < keep.size(); ++row) keep[row] = (*chunk.dead)[row] == 0;
  }
  for (const Test& test : tests_) test(*chunk.rows, keep);
}

}  // namespace opik::store::sqlite

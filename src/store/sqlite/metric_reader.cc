#include "store/sqlite/metric_reader.h"

#include <algorithm>

#include "codec/decode.h"
#include "codec/json_path.h"
#include "codec/slice.h"
#include "store/sqlite/column_pieces.h"
#include "store/sqlite/metric_lines.h"
#include "store/sqlite/select.h"
#include "store/sqlite/thread_sums.h"

namespace opik::store::sqlite {
namespace {

using model::Field;
using model::Kind;
using query::Entity;
using query::GroupBy;
using query::Measure;

// As durations are shown: in whole microseconds.
std::optional<double> duration_ms(int64_t start_ns, int64_t end_ns) {
  if (end_ns == kNoTime) return std::nullopt;
  return static_cast<double>(end_ns / 1000 - start_ns / 1000) / 1000.0;
}

// Numbers per text of a state. The texts of another state are others.
class ByText {
 public:
  template <class Make>
  uint32_t get(const ColumnState& state, uint32_t text, Make&& make) {
    if (state_ != &state.names()) {
      state_ = &state.names();
      numbers_.clear();
    }
    if (text >= numbers_.size()) numbers_.resize(std::max<size_t>(state.string_count(), text + 1), kNone);
    if (numbers_[text] == kNone) numbers_[text] = make(state.names().strings[text]);
    return numbers_[text];
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  const ColumnNames* state_ = nullptr;
  std::vector<uint32_t> numbers_;
};

// Traces or spans -> lines.
class RecordMetric {
 public:
  RecordMetric(const query::MetricQuery& query, const PayloadSource& source) : query_(query), source_(source), lines_(query) {}

  void add(const ColumnState& state, const Chunk& rows, size_t row) {
    const std::optional<uint32_t> interval = lines_.interval(rows.id[row].time_ms());
    if (!interval) return;
    find_groups(state, rows, row);
    for (const uint32_t group : groups_) measure(state, rows, row, group, *interval);
  }
  model::MetricTable take() { return lines_.take(); }

 private:
  void find_groups(const ColumnState& state, const Chunk& rows, size_t row) {
    groups_.clear();
    switch (query_.breakdown.by) {
      case GroupBy::none:
        return groups_.push_back(lines_.group(""));
      case GroupBy::name:
        return push_group(state, rows.name[row]);
      case GroupBy::error_type:
        return push_group(state, rows.error_type[row]);
      case GroupBy::model:
        return push_group(state, rows.model[row]);
      case GroupBy::provider:
        return push_group(state, rows.provider[row]);
      case GroupBy::type:
        return push_group(state, rows.type[row]);
      case GroupBy::tags:
        for (const std::string& tag : codec::parse_tags(state.names().strings[rows.tags[row]])) groups_.push_back(lines_.group(tag));
        break;
      case GroupBy::metadata:
        if ((rows.payload[row] & Chunk::kHasMetadata) != 0) push_payload_group(rows.n[row], Field::metadata);
        break;
      case GroupBy::error_info:
        if (rows.error_type[row] != Strings::kNone) push_payload_group(rows.n[row], Field::error_info);
        break;
    }
    if (groups_.empty()) groups_.push_back(lines_.group(""));
  }
  void push_group(const ColumnState& state, uint32_t text) {
    groups_.push_back(groups_of_texts_.get(state, text, [&](std::string_view name) { return lines_.group(name); }));
  }
  void push_payload_group(int64_t n, Field field) {
    const Row row = load_row(source_.db, source_.codec, source_.kind, n, true);
    const std::string_view json = row.shown.text(field);
    if (field == Field::error_info) {
      std::optional<std::string> text = codec::string_member(json, "message");
      if (!text || text->empty()) text = codec::string_member(json, "exception_type");
      if (text) groups_.push_back(lines_.group(*text));
      return;
    }
    const std::optional<std::string_view> value = codec::find_value(json, query_.breakdown.path);
    if (value && *value != "null") groups_.push_back(lines_.group(codec::value_text(*value)));
  }

  void measure(const ColumnState& state, const Chunk& rows, size_t row, uint32_t group, uint32_t interval) {
    const bool is_trace = rows.kind == Kind::trace;
    switch (query_.metric->measure) {
      case Measure::count:
        return add(group, interval, 1);
      case Measure::duration_percentiles:
      case Measure::average_duration:
        if (const auto ms = duration_ms(rows.start_ns[row], rows.end_ns[row])) add(group, interval, *ms);
        return;
      case Measure::error_rate:
        return add(group, interval, rows.error_type[row] != Strings::kNone ? 100 : 0);
      case Measure::cost: {
        const double cost = is_trace ? state.span_totals().cost[rows.trace[row]] : rows.cost[row];
        return add(group, interval, cost > 0 ? cost : 0);
      }
      case Measure::usage:
        return is_trace ? add_trace_usage(state, rows.trace[row], group, interval) : add_span_usage(state, rows, row, group, interval);
      case Measure::scores:
        each_mean_score(rows.scores.begin_of(row), rows.scores.end_of(row),
                        [&](uint32_t name, int64_t nano) { add(state, group, name, interval, static_cast<double>(nano) / 1e9); });
        return;
      case Measure::failed_guardrails:
        if (rows.failed_checks[row] > 0) add(group, interval, rows.failed_checks[row]);
        return;
    }
  }
  void add_trace_usage(const ColumnState& state, uint32_t trace, uint32_t group, uint32_t interval) {
    for (const SpanTotals::Tokens& tokens : state.span_totals().usage) {
      if (tokens.is_counted[trace] != 0) add(state, group, tokens.name, interval, static_cast<double>(tokens.count[trace]));
    }
  }
  void add_span_usage(const ColumnState& state, const Chunk& rows, size_t row, uint32_t group, uint32_t interval) {
    const size_t counted = rows.usage.size_of(row);
    if (counted == 0) return;
    const uint32_t* names = state.names().usage[rows.usage_names[row]];
    const size_t first = rows.usage.first_of(row);
    for (size_t i = 0; i < counted; ++i) add(state, group, names[i], interval, static_cast<double>(rows.usage.values[first + i]));
  }

  void add(uint32_t group, uint32_t interval, double value) { lines_.add(*lines_.line(group, ""), interval, value); }
  // A series of a name: looked up once per group and name.
  void add(const ColumnState& state, uint32_t group, uint32_t name, uint32_t interval, double value) {
    if (group >= lines_of_groups_.size()) lines_of_groups_.resize(group + 1);
    const uint32_t line =
        lines_of_groups_[group].get(state, name, [&](std::string_view text) { return lines_.line(group, text).value_or(kNotShown); });
    if (line != kNotShown) lines_.add(line, interval, value);
  }

  static constexpr uint32_t kNotShown = UINT32_MAX - 1;
  const query::MetricQuery& query_;
  const PayloadSource& source_;
  MetricLines lines_;
  ByText groups_of_texts_;
  std::vector<ByText> lines_of_groups_;  // by group
  std::vector<uint32_t> groups_;         // of the row in hand
};

query::Selection selection_of(Entity entity, int64_t workspace, int64_t project) {
  query::Selection which;
  which.kind = entity == Entity::span ? Kind::span : Kind::trace;
  which.workspace = workspace;
  which.project = project;
  return which;
}

query::Selection in_range(query::Selection which, int64_t from_ms, int64_t to_ms) {
  which.id_from = base::Uuid::least_at_ms(std::max<int64_t>(from_ms, 0));
  which.id_to = base::Uuid::greatest_at_ms(std::max<int64_t>(to_ms, 0));
  return which;
}

model::MetricTable thread_metric(const query::MetricQuery& query, const std::vector<ThreadSum>& threads) {
  MetricLines lines(query);
  const Measure measure = query.metric->measure;
  for (const ThreadSum& thread : threads) {
    const std::optional<uint32_t> interval = lines.interval(thread.first_id.time_ms());
    if (!interval) continue;
    std::vector<std::string> names{""};
    if (query.breakdown.by == GroupBy::tags && !thread.tags.empty()) names = thread.tags;
    for (const std::string& name : names) {
      const uint32_t group = lines.group(name);
      if (measure == Measure::scores) {
        for (const auto& [score, value] : thread.scores) {
          if (const auto line = lines.line(group, score)) lines.add(*line, *interval, value);
        }
        continue;
      }
      const uint32_t line = *lines.line(group, "");
      const std::optional<double> ms = duration_ms(thread.start_ns, thread.end_ns);
      if (measure == Measure::count) lines.add(line, *interval, 1);
      if (measure == Measure::cost) lines.add(line, *interval, thread.cost.value());
      if ((measure == Measure::average_duration || measure == Measure::duration_percentiles) && ms) lines.add(line, *interval, *ms);
    }
  }
  return lines.take();
}

// One period of a KPI, gathered.
class KpiSum {
 public:
  void add(bool is_error, std::optional<double> ms, double cost) {
    ++kpi_.count;
    kpi_.errors += is_error;
    if (ms) duration_.add(*ms);
    if (cost > 0) cost_.add(cost);
  }
  model::Kpi take() {
    if (duration_.count > 0) kpi_.average_duration_ms = duration_.value();
    kpi_.cost = cost_.value();
    return kpi_;
  }

 private:
  model::Kpi kpi_;
  Mean duration_;
  model::Sum cost_;
};

}  // namespace

template <class Read>
auto SqliteMetricReader::read_state(int64_t project, Read&& read) const -> decltype(read(std::declval<Connection&>(), nullptr)) {
  return guarded("reading", [&]() -> decltype(read(std::declval<Connection&>(), nullptr)) {
    columns_.prepare(project);
    ReaderPool::Lease db = pool_.lease();
    const Snapshot snapshot(*db);
    const std::shared_ptr<const ColumnState> state = columns_.at(project, commit_of(*db));
    return read(*db, state.get());
  });
}

base::Result<model::MetricTable> SqliteMetricReader::metric(const query::MetricQuery& query) const {
  return read_state(query.project, [&](Connection& db, const ColumnState* state) -> base::Result<model::MetricTable> {
    query::Selection which = selection_of(query.metric->entity, query.workspace, query.project);
    const PayloadSource source{db, codec_, which.kind};
    if (query.metric->entity == Entity::thread) return thread_metric(query, sum_threads(state, which, source));
    which = in_range(std::move(which), query.from_ms, query.to_ms);
    which.filter = query.filter;
    RecordMetric metric(query, source);
    each_piece_row(state, which, source, [&](const ColumnState& own, const Chunk& rows, size_t row) { metric.add(own, rows, row); });
    return metric.take();
  });
}

// The period before ends where this one begins.
base::Result<model::KpiPair> SqliteMetricReader::kpi(const query::KpiQuery& query) const {
  return read_state(query.project, [&](Connection& db, const ColumnState* state) -> base::Result<model::KpiPair> {
    query::Selection which = selection_of(query.entity, query.workspace, query.project);
    const PayloadSource source{db, codec_, which.kind};
    const int64_t before_ms = query.from_ms - (query.to_ms - query.from_ms);
    KpiSum current;
    KpiSum previous;
    const auto period_of = [&](int64_t ms) -> KpiSum* {
      if (ms < before_ms || ms > query.to_ms) return nullptr;
      return ms < query.from_ms ? &previous : &current;
    };
    if (query.entity == Entity::thread) {
      for (const ThreadSum& thread : sum_threads(state, which, source)) {
        if (KpiSum* period = period_of(thread.first_id.time_ms())) {
          period->add(thread.has_error, duration_ms(thread.start_ns, thread.end_ns), thread.cost.value());
        }
      }
      return model::KpiPair{current.take(), previous.take()};
    }
    which = in_range(std::move(which), before_ms, query.to_ms);
    which.filter = query.filter;
    each_piece_row(state, which, source, [&](const ColumnState& own, const Chunk& rows, size_t row) {
      KpiSum* period = period_of(rows.id[row].time_ms());
      if (period == nullptr) return;
      const double cost = rows.kind == Kind::trace ? own.span_totals().cost[rows.trace[row]] : rows.cost[row];
      period->add(rows.error_type[row] != Strings::kNone, duration_ms(rows.start_ns[row], rows.end_ns[row]), cost);
    });
    return model::KpiPair{current.take(), previous.take()};
  });
}

}  // namespace opik::store::sqlite

#include "query/metric.h"

#include <algorithm>

namespace opik::query {
namespace {

constexpr std::array<Metric, 20> kMetrics{{
    {"FEEDBACK_SCORES", Entity::trace, Measure::scores, ""},
    {"TRACE_COUNT", Entity::trace, Measure::count, "traces"},
    {"TOKEN_USAGE", Entity::trace, Measure::usage, ""},
    {"DURATION", Entity::trace, Measure::duration_percentiles, "duration"},
    {"COST", Entity::trace, Measure::cost, "cost"},
    {"GUARDRAILS_FAILED_COUNT", Entity::trace, Measure::failed_guardrails, "failed"},
    {"THREAD_COUNT", Entity::thread, Measure::count, "threads"},
    {"THREAD_DURATION", Entity::thread, Measure::duration_percentiles, "duration"},
    {"THREAD_FEEDBACK_SCORES", Entity::thread, Measure::scores, ""},
    {"SPAN_FEEDBACK_SCORES", Entity::span, Measure::scores, ""},
    {"SPAN_COUNT", Entity::span, Measure::count, "spans"},
    {"SPAN_DURATION", Entity::span, Measure::duration_percentiles, "duration"},
    {"SPAN_TOKEN_USAGE", Entity::span, Measure::usage, ""},
    {"TRACE_AVERAGE_DURATION", Entity::trace, Measure::average_duration, "trace_average_duration"},
    {"TRACE_ERROR_RATE", Entity::trace, Measure::error_rate, "trace_error_rate"},
    {"SPAN_AVERAGE_DURATION", Entity::span, Measure::average_duration, "span_average_duration"},
    {"SPAN_COST", Entity::span, Measure::cost, "span_cost"},
    {"SPAN_ERROR_RATE", Entity::span, Measure::error_rate, "span_error_rate"},
    {"THREAD_AVERAGE_DURATION", Entity::thread, Measure::average_duration, "thread_average_duration"},
    {"THREAD_COST", Entity::thread, Measure::cost, "thread_cost"},
}};

constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kDayMs = 24 * kHourMs;
constexpr int64_t kWeekMs = 7 * kDayMs;
constexpr int64_t kFirstMondayMs = 4 * kDayMs;  // 1970 began on a Thursday

}  // namespace

const Metric* find_metric(std::string_view name) {
  const auto* const found = std::find_if(kMetrics.begin(), kMetrics.end(), [&](const Metric& metric) { return metric.name == name; });
  return found == kMetrics.end() ? nullptr : found;
}

std::string metric_names() {
  std::string names;
  for (const Metric& metric : kMetrics) {
    if (!names.empty()) names += ", ";
    names += metric.name;
  }
  return names;
}

bool can_group(Entity entity, GroupBy by) {
  switch (by) {
    case GroupBy::none:
    case GroupBy::tags:
      return true;
    case GroupBy::metadata:
    case GroupBy::name:
    case GroupBy::error_info:
    case GroupBy::error_type:
      return entity != Entity::thread;
    case GroupBy::model:
    case GroupBy::provider:
    case GroupBy::type:
      return entity == Entity::span;
  }
  return false;
}

int64_t interval_ms(Interval interval) {
  if (interval == Interval::hourly) return kHourMs;
  return interval == Interval::daily ? kDayMs : kWeekMs;
}

int64_t interval_begin(Interval interval, int64_t ms) {
  const int64_t length = interval_ms(interval);
  const int64_t first = interval == Interval::weekly ? kFirstMondayMs - kWeekMs : 0;
  return first + (ms - first) / length * length;
}

int64_t interval_count(const MetricQuery& query) {
  if (query.interval == Interval::total) return 1;
  const int64_t begin = interval_begin(query.interval, query.from_ms);
  const int64_t length = interval_ms(query.interval);
  return (query.to_ms - begin + length - 1) / length;
}

}  // namespace opik::query

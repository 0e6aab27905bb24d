#pragma once
// A question for numbers over time: what of a project's traces, spans or threads, in which steps, in which groups. Checked: whoever
// holds a MetricQuery need not look for errors in it.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/uuid.h"
#include "model/json_path.h"
#include "query/plan.h"

namespace opik::query {

// What is measured. Where an interval has nothing to measure, it has no value.
enum class Measure : uint8_t {
  count,
  duration_percentiles,  // p50, p90, p99, of what has ended; ms
  average_duration,      // of what has ended; ms
  error_rate,            // how many have an error, in percent
  cost,                  // US dollars; of a trace the sum of its spans', of a thread of its traces'
  usage,                 // tokens by name, summed up the same way
  scores,                // the mean by name
  failed_guardrails,     // checks of guardrails that failed
};

struct Metric {
  std::string_view name;  // Opik's
  Entity entity = Entity::trace;
  Measure measure = Measure::count;
  std::string_view series;  // of the answer; of scores and usage every name is one
};
const Metric* find_metric(std::string_view name);
std::string metric_names();  // all of them, for messages

// A thread counts where its first trace does, with all of its traces.
enum class Interval : uint8_t { hourly, daily, weekly, total };
inline constexpr std::array<std::string_view, 4> kIntervalNames{"HOURLY", "DAILY", "WEEKLY", "TOTAL"};

// By what an entity is put into groups; one with several tags is in several.
enum class GroupBy : uint8_t { none, tags, metadata, name, error_info, error_type, model, provider, type };
inline constexpr std::array<std::string_view, 9> kGroupByNames{"none",       "tags",  "metadata", "name", "error_info",
                                                               "error_type", "model", "provider", "type"};
// Whether entities have it.
bool can_group(Entity entity, GroupBy by);

struct Breakdown {
  GroupBy by = GroupBy::none;
  model::JsonPath path;    // of metadata
  std::string sub_metric;  // which of several series is shown per group: p50, p90, p99, a name of usage or of a score; empty: the usual one
};

struct MetricQuery {
  const Metric* metric = nullptr;
  int64_t workspace = 1;
  int64_t project = 0;
  int64_t from_ms = 0;  // times are those in the ids; both inclusive
  int64_t to_ms = 0;
  Interval interval = Interval::daily;
  Filter filter;  // of the metric's entity; none of threads
  Breakdown breakdown;
};

// The begin of the interval that a time is in: full hours, days and weeks (from Monday) of UTC. Interval::total has none.
int64_t interval_begin(Interval interval, int64_t ms);
int64_t interval_ms(Interval interval);
// How many intervals begin before `to_ms`, from the one that `from_ms` is in.
int64_t interval_count(const MetricQuery& query);

// Four numbers, for a period and the one of the same length before it.
struct KpiQuery {
  Entity entity = Entity::trace;
  int64_t workspace = 1;
  int64_t project = 0;
  int64_t from_ms = 0;
  int64_t to_ms = 0;  // inclusive
  Filter filter;      // none of threads
};

}  // namespace opik::query

// A project's numbers over time (POST /projects/{id}/metrics) and its KPI cards.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "api/limits.h"
#include "api/params.h"
#include "api/routes.h"
#include "api/writes.h"
#include "base/clock.h"
#include "codec/metric.h"
#include "query/json_key.h"
#include "store/metrics.h"

namespace opik::api {

namespace {

using base::Code;
using base::Error;
using base::Result;
using http::Request;
using http::Response;
using query::Entity;
using query::GroupBy;

Error refused(std::string message) { return {Code::malformed, std::move(message)}; }

Result<model::Project> project_of(const Parts& parts, const Request& request) {
  Result<base::Uuid> id = path_id(request);
  if (!id) return id.error();
  return find_project(parts.catalog, {"", *id});
}

// Which of some names, by number.
template <class Names>
Result<size_t> number_of(std::string_view member, std::string_view text, const Names& names) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return refused(fmt::format("Invalid {} '{}': expected one of {}", member, text, fmt::join(names, ", ")));
  return static_cast<size_t>(found - names.begin());
}

// From is included; to as well, by the millisecond.
struct Period {
  int64_t from_ms = 0;
  int64_t to_ms = 0;
};
Result<Period> period_of(int64_t start_ms, std::optional<int64_t> end_ms) {
  const Period period{start_ms, end_ms.value_or(base::now_us() / 1000)};
  if (period.from_ms >= period.to_ms) return refused("'interval_start' must be before 'interval_end'");
  return period;
}

Result<query::Breakdown> read_breakdown(const codec::MetricRequest& asked, const query::Metric& metric) {
  query::Breakdown breakdown;
  breakdown.sub_metric = asked.sub_metric;
  if (asked.breakdown_field.empty()) return breakdown;
  const Result<size_t> by = number_of("breakdown field", asked.breakdown_field, query::kGroupByNames);
  if (!by) return by.error();
  breakdown.by = static_cast<GroupBy>(*by);
  if (!query::can_group(metric.entity, breakdown.by)) {
    return refused(fmt::format("Invalid breakdown field '{}' for metric_type {}: a {} has no {}", asked.breakdown_field, metric.name,
                               query::entity_name(metric.entity), asked.breakdown_field));
  }
  if (breakdown.by == GroupBy::metadata) {
    if (asked.metadata_key.empty()) return refused("Invalid breakdown: field 'metadata' needs a metadata_key");
    const std::optional<model::JsonPath> path = query::parse_json_key(asked.metadata_key);
    if (!path) return refused(fmt::format("Invalid breakdown: metadata_key '{}' is no path inside JSON", asked.metadata_key));
    breakdown.path = *path;
  }
  const std::string_view sub = std::string_view(asked.sub_metric).starts_with("duration.") ? std::string_view(asked.sub_metric).substr(9)
                                                                                           : std::string_view(asked.sub_metric);
  if (metric.measure == query::Measure::duration_percentiles && !sub.empty() && sub != "p50" && sub != "p90" && sub != "p99") {
    return refused(fmt::format("Invalid breakdown: sub_metric '{}': expected p50, p90 or p99", asked.sub_metric));
  }
  return breakdown;
}

Result<query::MetricQuery> read_query(const codec::MetricRequest& asked) {
  query::MetricQuery query;
  query.workspace = store::kDefaultWorkspace;
  query.metric = query::find_metric(asked.metric_type);
  if (query.metric == nullptr) {
    return refused(fmt::format("Invalid metric_type '{}': expected one of {}", asked.metric_type, query::metric_names()));
  }
  const Result<size_t> interval = number_of("interval", asked.interval, query::kIntervalNames);
  if (!interval) return interval.error();
  query.interval = static_cast<query::Interval>(*interval);
  const Result<Period> period = period_of(asked.start_ms, asked.end_ms);
  if (!period) return period.error();
  query.from_ms = period->from_ms;
  query.to_ms = period->to_ms;
  if (query::interval_count(query) > kMetricIntervalsMax) {
    return refused(fmt::format("Invalid interval {}: {} of them between interval_start and interval_end, at most {}", asked.interval,
                               query::interval_count(query), kMetricIntervalsMax));
  }
  Result<query::Breakdown> breakdown = read_breakdown(asked, *query.metric);
  if (!breakdown) return breakdown.error();
  query.breakdown = *std::move(breakdown);
  // Filters of the other entities are read for their errors alone.
  for (const auto& [entity, text] : {std::pair{Entity::trace, &asked.trace_filters}, std::pair{Entity::span, &asked.span_filters},
                                     std::pair{Entity::thread, &asked.thread_filters}}) {
    Result<query::Filter> filter = read_filter(entity, *text);
    if (!filter) return filter.error();
    if (entity == Entity::thread && !filter->empty()) return refused("Invalid thread_filters: metrics do not know them yet");
    if (entity == query.metric->entity) query.filter = *std::move(filter);
  }
  return query;
}

Result<Response> metric(const Parts& parts, const Request& request) {
  Result<codec::MetricRequest> asked = timed_decode(parts, [&] { return codec::decode_metric_request(request.body); });
  if (!asked) return asked.error();
  Result<query::MetricQuery> query = read_query(*asked);
  if (!query) return query.error();
  Result<model::Project> project = project_of(parts, request);
  if (!project) return project.error();
  query->project = project->number;
  Result<model::MetricTable> table = parts.resources.metrics->metric(*query);
  if (!table) return table.error();
  std::string body;
  codec::append_metric(body, project->id, *asked, *table);
  return json_response(std::move(body));
}

Result<Response> kpi_cards(const Parts& parts, const Request& request) {
  constexpr std::array<std::string_view, 3> kEntities{"traces", "spans", "threads"};
  Result<codec::KpiRequest> asked = timed_decode(parts, [&] { return codec::decode_kpi_request(request.body); });
  if (!asked) return asked.error();
  const Result<size_t> entity = number_of("entity_type", asked->entity_type, kEntities);
  if (!entity) return entity.error();
  query::KpiQuery query;
  query.workspace = store::kDefaultWorkspace;
  query.entity = static_cast<Entity>(*entity);
  const Result<Period> period = period_of(asked->start_ms, asked->end_ms);
  if (!period) return period.error();
  query.from_ms = period->from_ms;
  query.to_ms = period->to_ms;
  Result<query::Filter> filter = read_filter(query.entity, asked->filters);
  if (!filter) return filter.error();
  if (query.entity == Entity::thread && !filter->empty()) return refused("Invalid filters: metrics do not know those of threads yet");
  query.filter = *std::move(filter);
  Result<model::Project> project = project_of(parts, request);
  if (!project) return project.error();
  query.project = project->number;
  Result<model::KpiPair> kpi = parts.resources.metrics->kpi(query);
  if (!kpi) return kpi.error();
  std::string body;
  codec::append_kpi(body, *kpi);
  return json_response(std::move(body));
}

}  // namespace

void add_project_metric_routes(Routes& routes, const Parts& parts) {
  const auto reading = [parts](Result<Response> (*answer)(const Parts&, const Request&)) {
    return answered([parts, answer](const Request& request) { return answer(parts, request); });
  };
  const std::string path = "/v1/private/projects/{id}";
  routes.add_with_body(http::Method::post, path + "/metrics", reading(metric));
  routes.add_with_body(http::Method::post, path + "/kpi-cards", reading(kpi_cards));
}

}  // namespace opik::api

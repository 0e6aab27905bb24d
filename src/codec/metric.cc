#include "codec/metric.h"

#include <algorithm>

#include "codec/body.h"
#include "codec/object_writer.h"
#include "codec/reader.h"
#include "codec/slice.h"

namespace opik::codec {
namespace {

using base::Result;

constexpr int64_t kUuidMsMax = (int64_t{1} << 48) - 1;

std::optional<int64_t> read_time_ms(Reader& in, Key key) {
  const std::optional<base::Instant> instant = in.instant(key);
  if (!instant) return std::nullopt;
  return std::clamp(instant->seconds * 1000 + instant->nanos / 1'000'000, int64_t{0}, kUuidMsMax);
}

std::string read_filters(Reader& in, Key key) {
  const Slice& slice = in.slice(key);
  if (slice.is_null()) return {};
  if (type_of(slice.text) == JsonType::string) return in.text(key).value_or("");
  return in.has_elements(key) ? std::string(slice.text) : std::string{};
}

void append_values(std::string& out, const std::optional<double>& current, const std::optional<double>& previous, ObjectWriter& object) {
  for (const auto& [name, value] : {std::pair{"current_value", current}, std::pair{"previous_value", previous}}) {
    object.key(name);
    if (value) {
      append_number(out, *value);
    } else {
      out += "null";
    }
  }
}

}  // namespace

Result<MetricRequest> decode_metric_request(const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  in.require(Key::metric_type);
  in.require(Key::interval);
  in.require(Key::interval_start);
  MetricRequest request;
  request.metric_type = in.text(Key::metric_type).value_or("");
  request.interval = in.text(Key::interval).value_or("");
  request.start_ms = read_time_ms(in, Key::interval_start).value_or(0);
  request.end_ms = read_time_ms(in, Key::interval_end);
  request.trace_filters = read_filters(in, Key::trace_filters);
  request.span_filters = read_filters(in, Key::span_filters);
  request.thread_filters = read_filters(in, Key::thread_filters);
  if (const std::optional<Members> breakdown = in.object(Key::breakdown)) {
    Reader inner(*breakdown, {});
    request.breakdown_field = inner.text(Key::field).value_or("");
    request.metadata_key = inner.text(Key::metadata_key).value_or("");
    request.sub_metric = inner.text(Key::sub_metric).value_or("");
    if (inner.failed()) return inner.error();
  }
  if (in.failed()) return in.error();
  return request;
}

Result<KpiRequest> decode_kpi_request(const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  in.require(Key::entity_type);
  in.require(Key::interval_start);
  KpiRequest request;
  request.entity_type = in.text(Key::entity_type).value_or("");
  request.filters = read_filters(in, Key::filters);
  request.start_ms = read_time_ms(in, Key::interval_start).value_or(0);
  request.end_ms = read_time_ms(in, Key::interval_end);
  if (in.failed()) return in.error();
  return request;
}

void append_metric(std::string& out, const base::Uuid& project_id, const MetricRequest& request, const model::MetricTable& table) {
  ObjectWriter object(out);
  append_string(object.key("project_id"), project_id.text());
  append_string(object.key("metric_type"), request.metric_type);
  append_string(object.key("interval"), request.interval);
  object.key("results").push_back('[');
  for (const model::MetricSeries& series : table.series) {
    if (&series != table.series.data()) out.push_back(',');
    ObjectWriter result(out);
    append_string(result.key("name"), series.name);
    result.key("data").push_back('[');
    for (size_t at = 0; at < table.times_ms.size(); ++at) {
      if (at > 0) out.push_back(',');
      ObjectWriter point(out);
      append_time_us(point.key("time"), table.times_ms[at] * 1000);
      point.key("value");
      if (series.values[at]) {
        append_number(out, *series.values[at]);
      } else {
        out += "null";
      }
    }
    out.push_back(']');
  }
  out.push_back(']');
}

void append_kpi(std::string& out, const model::KpiPair& kpi) {
  const auto number = [](int64_t count) { return std::optional(static_cast<double>(count)); };
  const auto append = [&](std::string_view type, const std::optional<double>& current, const std::optional<double>& previous) {
    if (out.back() != '[') out.push_back(',');
    ObjectWriter card(out);
    append_string(card.key("type"), type);
    append_values(out, current, previous, card);
  };
  ObjectWriter object(out);
  object.key("stats").push_back('[');
  append("count", number(kpi.current.count), number(kpi.previous.count));
  append("errors", number(kpi.current.errors), number(kpi.previous.errors));
  append("avg_duration", kpi.current.average_duration_ms, kpi.previous.average_duration_ms);
  append("total_cost", kpi.current.cost, kpi.previous.cost);
  out.push_back(']');
}

}  // namespace opik::codec

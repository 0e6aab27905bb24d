#pragma once
// Metrics and KPI cards of a project, between JSON and model. What the texts mean is not known here: names, filters and places inside
// metadata are checked where they are planned (query/).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/padded_buffer.h"
#include "base/result.h"
#include "base/uuid.h"
#include "model/metric.h"

namespace opik::codec {

// {"metric_type": "COST", "interval": "DAILY", "interval_start": ..., "interval_end": ..., "trace_filters": [...], "span_filters": [...],
//  "thread_filters": [...], "breakdown": {"field": "metadata", "metadata_key": "env", "sub_metric": "p50"}}
struct MetricRequest {
  std::string metric_type;
  std::string interval;
  int64_t start_ms = 0;
  std::optional<int64_t> end_ms;
  // JSON text of a list, or another text if a string came; empty: none.
  std::string trace_filters;
  std::string span_filters;
  std::string thread_filters;
  std::string breakdown_field;  // empty: none
  std::string metadata_key;
  std::string sub_metric;
};
// Errors as in decode.h.
base::Result<MetricRequest> decode_metric_request(const base::PaddedBuffer& body);

// {"entity_type": "traces", "filters": "[...]", "interval_start": ..., "interval_end": ...}
struct KpiRequest {
  std::string entity_type;
  std::string filters;
  int64_t start_ms = 0;
  std::optional<int64_t> end_ms;
};
base::Result<KpiRequest> decode_kpi_request(const base::PaddedBuffer& body);

// {"project_id", "metric_type", "interval", "results": [{"name", "data": [{"time", "value"}]}]}; a value that there is none of is null.
void append_metric(std::string& out, const base::Uuid& project_id, const MetricRequest& request, const model::MetricTable& table);
// {"stats": [{"type": "count", "current_value", "previous_value"}, ...]}
void append_kpi(std::string& out, const model::KpiPair& kpi);

}  // namespace opik::codec

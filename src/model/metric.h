#pragma once
// Numbers over time, and numbers for two periods: what metrics and KPI cards show.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace opik::model {

struct MetricSeries {
  std::string name;
  std::vector<std::optional<double>> values;  // one for each time; nothing: there was nothing to measure
};

struct MetricTable {
  std::vector<int64_t> times_ms;  // at which intervals begin, ascending
  std::vector<MetricSeries> series;
};

struct Kpi {
  int64_t count = 0;
  int64_t errors = 0;
  std::optional<double> average_duration_ms;
  double cost = 0;
};

struct KpiPair {
  Kpi current;
  Kpi previous;
};

}  // namespace opik::model

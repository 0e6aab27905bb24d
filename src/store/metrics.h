#pragma once
// Numbers over time: the reading half for charts. Any thread; each answer is of one committed state.

#include "base/result.h"
#include "model/metric.h"
#include "query/metric.h"

namespace opik::store {

class MetricReader {
 public:
  virtual ~MetricReader() = default;

  virtual base::Result<model::MetricTable> metric(const query::MetricQuery& query) const = 0;
  virtual base::Result<model::KpiPair> kpi(const query::KpiQuery& query) const = 0;
};

}  // namespace opik::store

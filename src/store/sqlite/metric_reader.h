#pragma once
// Metrics in SQLite, from columns where there are any.

#include "store/metrics.h"
#include "store/sqlite/columns.h"
#include "store/sqlite/payload.h"
#include "store/sqlite/reader_pool.h"

namespace opik::store::sqlite {

class SqliteMetricReader final : public MetricReader {
 public:
  SqliteMetricReader(ReaderPool& pool, const PayloadCodec& codec, Columns& columns) : pool_(pool), codec_(codec), columns_(columns) {}

  base::Result<model::MetricTable> metric(const query::MetricQuery& query) const override;
  base::Result<model::KpiPair> kpi(const query::KpiQuery& query) const override;

 private:
  // Calls read(db, columns or nothing) on one committed state.
  template <class Read>
  auto read_state(int64_t project, Read&& read) const -> decltype(read(std::declval<Connection&>(), nullptr));

  ReaderPool& pool_;
  const PayloadCodec& codec_;
  Columns& columns_;
};

}  // namespace opik::store::sqlite

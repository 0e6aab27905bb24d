#pragma once
// The ids of OTLP traces in SQLite.

#include "store/otlp_traces.h"
#include "store/sqlite/reader_pool.h"

namespace opik::store::sqlite {

class OtlpTraceRows final : public OtlpTraceReader {
 public:
  explicit OtlpTraceRows(ReaderPool& pool) : pool_(pool) {}
  base::Result<std::vector<std::optional<base::Uuid>>> find(int64_t workspace, std::string_view project_name,
                                                            const std::vector<std::string>& otlp_ids) const override;

 private:
  ReaderPool& pool_;
};

class OtlpTraceEdits final : public OtlpTraceWriter {
 public:
  explicit OtlpTraceEdits(Connection& db) : db_(db) {}
  base::Result<std::vector<base::Uuid>> keep(int64_t project_number, const std::vector<OtlpTraceId>& proposed) override;

 private:
  Connection& db_;
};

}  // namespace opik::store::sqlite

#pragma once
// Which of our traces an OTLP trace is (docs/decisions/otlp-ids.md): per project and OTLP trace id the id that was stored first, for
// ever. Two halves and threads as in trace_store.h; the writer works within the TraceWriter's begin() and commit().
//
//   Result<std::vector<base::Uuid>> ids = session.resources.otlp_traces->keep(project_number, proposed);

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"

namespace opik::store {

struct OtlpTraceId {
  std::string otlp_id;  // 16 bytes
  base::Uuid id;
};

class OtlpTraceReader {
 public:
  virtual ~OtlpTraceReader() = default;
  // One answer per id, in their order. A project that is not there has none.
  virtual base::Result<std::vector<std::optional<base::Uuid>>> find(int64_t workspace, std::string_view project_name,
                                                                    const std::vector<std::string>& otlp_ids) const = 0;
};

class OtlpTraceWriter {
 public:
  virtual ~OtlpTraceWriter() = default;
  // Stores each id for which none is stored yet. Returns what is stored then, in the same order.
  virtual base::Result<std::vector<base::Uuid>> keep(int64_t project_number, const std::vector<OtlpTraceId>& proposed) = 0;
};

}  // namespace opik::store

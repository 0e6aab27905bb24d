#pragma once
// Where the verdicts of guardrails live. They are shown on their trace (model::Record::guardrails), filtered by and counted there, and go
// with it. The trace need not exist yet. Threads as TraceWriter.

#include <vector>

#include "base/result.h"
#include "model/guardrail.h"

namespace opik::store {

class GuardrailWriter {
 public:
  virtual ~GuardrailWriter() = default;
  virtual base::Result<void> put(int64_t workspace, const std::vector<model::GuardrailCheck>& checks) = 0;
};

}  // namespace opik::store

#pragma once
// Verdicts of guardrails between JSON and model.

#include <string>
#include <vector>

#include "base/padded_buffer.h"
#include "base/result.h"
#include "codec/decode.h"
#include "model/guardrail.h"

namespace opik::codec {

struct GuardrailBatch {
  std::vector<model::GuardrailCheck> checks;
  std::vector<ItemError> errors;  // ascending by index
};
// {"guardrails": [{"entity_id": trace, "secondary_id": span, "name": "TOPIC", "result": "failed", "config": {...}, "details": {...}}]},
// 1 to kBatchItemsMax.
base::Result<GuardrailBatch> decode_guardrail_batch(const base::PaddedBuffer& body);

// [{"span_id": ..., "checks": [{"name": ..., "result": ...}]}]. `checks` are of one trace, and those of a span stand together.
void append_guardrail_validations(std::string& out, const std::vector<model::GuardrailCheck>& checks);

}  // namespace opik::codec

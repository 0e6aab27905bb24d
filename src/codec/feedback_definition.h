#pragma once
// Feedback definitions between JSON and model.
//
//   {"name": "quality", "type": "numerical",   "details": {"min": 0, "max": 1}}
//   {"name": "verdict", "type": "categorical", "details": {"categories": {"good": 1, "bad": 0}}}
//   {"name": "right",   "type": "boolean",     "details": {"true_label": "yes", "false_label": "no"}}
//
// Opik's generated clients write trueLabel and falseLabel where its server has true_label and false_label: both are read, and both are
// printed.

#include <string>
#include <vector>

#include "base/padded_buffer.h"
#include "base/result.h"
#include "codec/page_writer.h"
#include "model/feedback_definition.h"

namespace opik::codec {

// Everything but id and times. Errors as in decode.h.
base::Result<model::FeedbackDefinition> decode_feedback_definition(const base::PaddedBuffer& body);

void append_feedback_definition(std::string& out, const model::FeedbackDefinition& definition);
void append_feedback_definition_page(std::string& out, const std::vector<model::FeedbackDefinition>& definitions, PagePlace place);

}  // namespace opik::codec

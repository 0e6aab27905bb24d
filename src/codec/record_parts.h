#pragma once
// Parts that several of the things that are read have in common.

#include <string>
#include <string_view>
#include <vector>

#include "model/record.h"

namespace opik::codec {

void append_uuid(std::string& out, const base::Uuid& id);
void append_strings(std::string& out, const std::vector<std::string>& texts);  // ["a","b"]
// A JSON text as it is. To be truncated and longer than kTruncateChars: a JSON string of that length.
void append_payload(std::string& out, std::string_view json, bool truncate);
// A list with one entry per name, whoever said it. `of_spans`: scores of several spans together.
void append_scores(std::string& out, const std::vector<model::FeedbackScore>& scores, bool of_spans);

}  // namespace opik::codec

#pragma once
// Comments between JSON and model.

#include <string>
#include <vector>

#include "base/padded_buffer.h"
#include "base/result.h"
#include "model/comment.h"

namespace opik::codec {

// {"text": "..."}: not blank. Errors as in decode.h.
base::Result<std::string> decode_comment(const base::PaddedBuffer& body);

void append_comment(std::string& out, const model::Comment& comment);
void append_comments(std::string& out, const std::vector<model::Comment>& comments);  // [...]

}  // namespace opik::codec

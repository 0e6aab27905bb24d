#pragma once
// The members of a score in a request.

#include "codec/reader.h"
#include "model/record.h"

namespace opik::codec {

// Everything but whose it is.
model::FeedbackScore read_score(Reader& in);

}  // namespace opik::codec

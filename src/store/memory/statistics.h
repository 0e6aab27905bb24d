#pragma once
// Statistics over records, each value computed straight from its definition in model/record.h.

#include <vector>

#include "model/record.h"

namespace opik::store::memory {

model::Stats statistics_of(const std::vector<model::Record>& records);

}  // namespace opik::store::memory

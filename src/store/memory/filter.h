#pragma once
// Filters and sort keys on records, each condition straight from its definition in query/plan.h.

#include <vector>

#include "model/record.h"
#include "query/plan.h"

namespace opik::store::memory {

bool fulfils(const model::Record& record, const query::Filter& filter);

// Sorts by the keys, then by id descending.
void sort_records(std::vector<model::Record>& records, const std::vector<query::SortKey>& keys);

}  // namespace opik::store::memory

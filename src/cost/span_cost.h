#pragma once
// What a span costs, of all that is said about it: total_estimated_cost as readers, filters, sort keys and sums see it.
//
//   given      the client's own number (Field::cost), also 0: it always wins
//   estimated  model, provider and usage, by the price table
//   told       by metadata (codec/metadata_cost.h), if nothing could be estimated
//
// It is derived, never merged: a store computes it of the merged view whenever that changes. Pure, thread-safe.

#include <optional>

#include "cost/prices.h"
#include "model/field.h"

namespace opik::cost {

// US dollars; nothing if nothing is known. `in_metadata`: what metadata_cost() says of the span's metadata.
std::optional<double> span_cost(const PriceTable& prices, const model::Fields& span, std::optional<double> in_metadata);

}  // namespace opik::cost

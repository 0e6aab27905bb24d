#include "cost/span_cost.h"

namespace opik::cost {

using model::Field;

std::optional<double> span_cost(const PriceTable& prices, const model::Fields& span, std::optional<double> in_metadata) {
  if (span.has(Field::cost)) return span.real(Field::cost);
  if (span.has(Field::usage)) {
    // Most spans have no usage; of those that have, the names are sliced into memory that is there already.
    thread_local codec::UsageCounts usage;
    usage.clear();
    codec::usage_counts(span.text(Field::usage), usage);
    const std::optional<double> estimated = prices.estimated_cost(span.text(Field::model), span.text(Field::provider), usage);
    if (estimated) return estimated;
  }
  return in_metadata;
}

}  // namespace opik::cost

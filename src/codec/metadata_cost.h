#pragma once
// The cost that a span's metadata tells: {"cost": {"total_cost": 0.01, "currency": "USD"}}. It counts if the client gave no cost
// and none could be estimated.

#include <optional>
#include <string_view>

namespace opik::codec {

// US dollars, above 0. `metadata` is JSON text that has been checked, or empty.
std::optional<double> metadata_cost(std::string_view metadata);

}  // namespace opik::codec

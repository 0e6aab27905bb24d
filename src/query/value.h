#pragma once
// The texts of values, as what they stand for.

#include <optional>
#include <string>
#include <string_view>

#include "query/plan.h"

namespace opik::query {

// A decimal number, perhaps with an exponent, that a double can hold. No NaN, no infinities.
std::optional<Number> parse_number(std::string_view text);
// A decimal number x 10^9.
std::optional<Nano> parse_nano(std::string_view text);
// %41 -> A. What is no such sequence stays.
std::string percent_decode(std::string_view text);
bool is_blank(std::string_view text);

}  // namespace opik::query

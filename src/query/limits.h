#pragma once
// The limits of a query, each with its reason.

#include <cstddef>

namespace opik::query {

inline constexpr size_t kConditionsMax = 100;   // of one filter; each costs every row that is looked at. People write fewer than ten
inline constexpr size_t kSortKeysMax = 8;       // each is a column of the sorter
inline constexpr size_t kPathStepsMax = 64;     // of a path into JSON: it is followed by recursion
inline constexpr size_t kEchoBytesMax = 1'000;  // of the query in the message that refuses it

}  // namespace opik::query

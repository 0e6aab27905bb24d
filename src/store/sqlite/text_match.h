#pragma once
// Texts compared and searched without regard to the case of ASCII letters, and without copying them.

#include <compare>
#include <string_view>

namespace opik::store::sqlite {

// `folded` is in lower case. An empty text is in every text.
bool contains_folded(std::string_view text, std::string_view folded);
std::strong_ordering compare_folded(std::string_view text, std::string_view folded);
bool starts_with_folded(std::string_view text, std::string_view folded);
bool ends_with_folded(std::string_view text, std::string_view folded);

}  // namespace opik::store::sqlite

#include "store/sqlite/text_match.h"

#include <algorithm>
#include <cstring>

namespace opik::store::sqlite {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

// memchr() finds candidates, by the needle's first letter in either case.
bool contains_folded(std::string_view text, std::string_view folded) {
  if (folded.empty()) return true;
  const char first = folded.front();
  const char other = first >= 'a' && first <= 'z' ? static_cast<char>(first - 'a' + 'A') : first;
  size_t at = 0;
  while (at + folded.size() <= text.size()) {
    const size_t room = text.size() - folded.size() + 1 - at;
    const void* low = std::memchr(text.data() + at, first, room);
    const size_t low_at = low == nullptr ? text.size() : static_cast<size_t>(static_cast<const char*>(low) - text.data());
    const void* high = other == first ? nullptr : std::memchr(text.data() + at, other, low == nullptr ? room : low_at - at);
    at = high == nullptr ? low_at : static_cast<size_t>(static_cast<const char*>(high) - text.data());
    if (at >= text.size()) return false;
    size_t i = 1;
    while (i < folded.size() && lower(text[at + i]) == folded[i]) ++i;
    if (i == folded.size()) return true;
    ++at;
  }
  return false;
}

std::strong_ordering compare_folded(std::string_view text, std::string_view folded) {
  const size_t shared = std::min(text.size(), folded.size());
  for (size_t i = 0; i < shared; ++i) {
    const auto order = static_cast<unsigned char>(lower(text[i])) <=> static_cast<unsigned char>(folded[i]);
    if (order != 0) return order;
  }
  return text.size() <=> folded.size();
}

bool starts_with_folded(std::string_view text, std::string_view folded) {
  return text.size() >= folded.size() && compare_folded(text.substr(0, folded.size()), folded) == 0;
}

bool ends_with_folded(std::string_view text, std::string_view folded) {
  return text.size() >= folded.size() && compare_folded(text.substr(text.size() - folded.size()), folded) == 0;
}

}  // namespace opik::store::sqlite

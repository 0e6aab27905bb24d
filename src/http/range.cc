#include "http/range.h"

#include <algorithm>
#include <charconv>

namespace opik::http {
namespace {

std::optional<uint64_t> parse(std::string_view digits) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

RangeAnswer read_range(std::optional<std::string_view> header, uint64_t length) {
  constexpr std::string_view kUnit = "bytes=";
  RangeAnswer answer;
  if (!header || !header->starts_with(kUnit)) return answer;
  const std::string_view spec = header->substr(kUnit.size());
  const size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return answer;
  const std::string_view first_text = spec.substr(0, dash), last_text = spec.substr(dash + 1);
  const std::optional<uint64_t> first = parse(first_text), last = parse(last_text);
  if ((!first && !first_text.empty()) || (!last && !last_text.empty()) || (!first && !last)) return answer;

  uint64_t begin = 0, end = length;  // exclusive
  if (!first) {
    begin = length - std::min(*last, length);
  } else {
    if (last && *last < *first) return answer;
    begin = *first;
    if (last && *last < length) end = *last + 1;
  }
  if (begin >= end) return {RangeAnswer::Kind::unsatisfiable, {}};
  return {RangeAnswer::Kind::part, {begin, end - begin}};
}

}  // namespace opik::http

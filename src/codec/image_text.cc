#include "codec/image_text.h"

#include <algorithm>
#include <array>

#include "codec/base64.h"

namespace opik::codec {
namespace {

constexpr std::string_view kData = "data:image/";
constexpr std::string_view kBase64 = ";base64,";
constexpr size_t kSubtypeBytesMax = 100;

// PNG, JPEG, GIF, WebP, TIFF in both orders, SVG.
constexpr std::array<std::string_view, 7> kBeginnings{"iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "SUkq", "TU0AK", "PHN2Zy"};

// Behind the digits of base64 from `at` on, with their padding. A slash may be written as \/.
size_t end_of_digits(std::string_view json, size_t at) {
  while (at < json.size()) {
    if (json.substr(at, 2) == "\\/") {
      at += 2;
    } else if (is_base64_digit(json[at])) {
      ++at;
    } else {
      break;
    }
  }
  for (int i = 0; i < 2 && at < json.size() && json[at] == '='; ++i) ++at;
  return at;
}

// The end of "data:image/...;base64,<digits>" at `at`; `at` if it is not one.
size_t end_of_data_url(std::string_view json, size_t at) {
  const size_t begin = at + kData.size();
  const size_t marker = json.substr(begin, kSubtypeBytesMax).find(kBase64);
  if (marker == std::string_view::npos || json.substr(begin, marker).find_first_of("\",") != std::string_view::npos) return at;
  const size_t digits = begin + marker + kBase64.size();
  const size_t end = end_of_digits(json, digits);
  return end > digits ? end : at;
}

// The end of the image in the JSON string that begins behind the quote at `at`; `at` if it is not one.
size_t end_of_bare_image(std::string_view json, size_t at) {
  const std::string_view text = json.substr(at);
  if (text.size() < kBareImageDigitsMin) return at;
  if (std::none_of(kBeginnings.begin(), kBeginnings.end(), [&](std::string_view beginning) { return text.starts_with(beginning); }))
    return at;
  const size_t end = end_of_digits(json, at);
  return end - at >= kBareImageDigitsMin && end < json.size() && json[end] == '"' ? end : at;
}

}  // namespace

std::string without_images(std::string_view json) {
  std::string out;
  size_t copied = 0;
  const auto replace = [&](size_t begin, size_t end) {
    out.append(json, copied, begin - copied).append("[image]");
    copied = end;
  };
  // Both kinds begin behind a mark that is rare enough to be searched for: a quote, or the word "data:image/".
  size_t data = json.find(kData);
  for (size_t quote = json.find('"'); quote != std::string_view::npos; quote = json.find('"', std::max(quote + 1, copied))) {
    for (; data < quote; data = json.find(kData, std::max(data + 1, copied))) {
      if (const size_t end = end_of_data_url(json, data); end > data) replace(data, end);
    }
    if (quote + 1 < copied) continue;
    if (const size_t end = end_of_bare_image(json, quote + 1); end > quote + 1) replace(quote + 1, end);
  }
  out.append(json, copied);
  return out;
}

}  // namespace opik::codec

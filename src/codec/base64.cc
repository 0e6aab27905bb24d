#include "codec/base64.h"

#include <array>
#include <cstdint>

namespace opik::codec {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int8_t, 256> kValues = [] {
  std::array<int8_t, 256> values{};
  for (int8_t& value : values) value = -1;
  for (size_t i = 0; i < kDigits.size(); ++i) values[static_cast<uint8_t>(kDigits[i])] = static_cast<int8_t>(i);
  return values;
}();

int value_of(char c) { return kValues[static_cast<uint8_t>(c)]; }

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])); };
  size_t to = out.size();
  out.resize(to + (bytes.size() + 2) / 3 * 4);
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    out[to++] = kDigits[bits >> 18];
    out[to++] = kDigits[bits >> 12 & 63];
    out[to++] = kDigits[bits >> 6 & 63];
    out[to++] = kDigits[bits & 63];
  }
  if (i == bytes.size()) return;
  const bool has_two = i + 2 == bytes.size();
  const uint32_t bits = byte(i) << 16 | (has_two ? byte(i + 1) << 8 : 0);
  out[to++] = kDigits[bits >> 18];
  out[to++] = kDigits[bits >> 12 & 63];
  out[to++] = has_two ? kDigits[bits >> 6 & 63] : '=';
  out[to++] = '=';
}

std::optional<std::string> decode_base64_strict(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return std::string();
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string bytes(text.size() / 4 * 3 - padding, '\0');
  size_t to = 0;
  int wrong = 0;  // negative if any digit was none
  for (size_t i = 0; i < text.size(); i += 4) {
    const bool is_last = i + 4 == text.size();
    const int a = value_of(text[i]), b = value_of(text[i + 1]);
    const int c = is_last && padding == 2 ? 0 : value_of(text[i + 2]);
    const int d = is_last && padding > 0 ? 0 : value_of(text[i + 3]);
    wrong |= a | b | c | d;
    if (wrong < 0) return std::nullopt;
    const auto bits = static_cast<uint32_t>(a << 18 | b << 12 | c << 6 | d);
    const size_t count = is_last ? 3 - padding : 3;
    if (is_last && (bits & ((1u << 8 * padding) - 1)) != 0) return std::nullopt;  // bits that no byte has
    for (size_t k = 0; k < count; ++k) bytes[to++] = static_cast<char>(bits >> (16 - 8 * k) & 0xff);
  }
  return bytes;
}

std::optional<std::string> decode_base64_lenient(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    if (c == '-' || c == ' ') c = '+';
    if (c == '_') c = '/';
    const int digit = value_of(c);
    if (digit < 0) return std::nullopt;
    bits = (bits << 6 | static_cast<uint32_t>(digit)) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<char>(bits >> count & 0xff));
  }
  if (count >= 6) return std::nullopt;
  return bytes;
}

}  // namespace opik::codec

#include "codec/slice.h"

#include <algorithm>
#include <cstdint>

namespace opik::codec {
namespace {

constexpr size_t kShownBytesMax = 80;

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xc0 | c >> 6));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | c >> 12));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | c >> 18));
    out.push_back(static_cast<char>(0x80 | (c >> 12 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  }
}

uint32_t hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint32_t>(c - '0');
  return static_cast<uint32_t>((c | 0x20) - 'a' + 10) & 0xf;
}

// The code unit of \uXXXX at `at`; nothing if no such escape stands there.
std::optional<uint32_t> code_unit(std::string_view text, size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  uint32_t unit = 0;
  for (size_t i = at + 2; i < at + 6; ++i) unit = unit << 4 | hex_value(text[i]);
  return unit;
}

// Appends what the escape at `at` stands for; returns its length.
size_t append_unescaped(std::string& out, std::string_view text, size_t at) {
  const char c = at + 1 < text.size() ? text[at + 1] : '\\';
  switch (c) {
    case 'b':
      out.push_back('\b');
      return 2;
    case 'f':
      out.push_back('\f');
      return 2;
    case 'n':
      out.push_back('\n');
      return 2;
    case 'r':
      out.push_back('\r');
      return 2;
    case 't':
      out.push_back('\t');
      return 2;
    case 'u':
      break;
    default:
      out.push_back(c);
      return 2;
  }
  const std::optional<uint32_t> first = code_unit(text, at);
  if (!first) return 2;
  if (*first >= 0xd800 && *first < 0xdc00) {
    const std::optional<uint32_t> second = code_unit(text, at + 6);
    if (second && *second >= 0xdc00 && *second < 0xe000) {
      append_utf8(out, 0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00));
      return 12;
    }
  }
  append_utf8(out, *first >= 0xd800 && *first < 0xe000 ? 0xfffd : *first);
  return 6;
}

void skip_string(std::string_view json, size_t& at) {
  const char* const end = json.data() + json.size();
  const char* p = json.data() + at + 1;
  while ((p = find_special(p, end)) < end && *p != '"') p += *p == '\\' && end - p > 1 ? 2 : 1;
  at = p < end ? static_cast<size_t>(p - json.data()) + 1 : json.size();
}

bool ends_scalar(char c) { return c == ',' || c == ']' || c == '}' || c == ':' || c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

std::string shorten(std::string_view text) {
  if (text.size() <= kShownBytesMax) return std::string(text);
  size_t end = kShownBytesMax;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;  // not inside a character
  return std::string(text.substr(0, end)) + "...";
}

std::string describe(std::string_view value) {
  const std::string text = shorten(value);
  switch (type_of(value)) {
    case JsonType::null:
      return "null";
    case JsonType::boolean:
      return "Boolean " + text;
    case JsonType::number:
      return "Number " + text;
    case JsonType::string:
      return "String " + text;
    case JsonType::array:
      return "Array value";
    case JsonType::object:
      return "Object value";
  }
  return text;
}

std::string unescape(std::string_view between_quotes) {
  size_t at = between_quotes.find('\\');
  if (at == std::string_view::npos) return std::string(between_quotes);
  std::string out;
  out.reserve(between_quotes.size());
  size_t copied = 0;
  while (at < between_quotes.size()) {
    out.append(between_quotes, copied, at - copied);
    copied = at + append_unescaped(out, between_quotes, at);
    if (copied >= between_quotes.size()) return out;
    at = between_quotes.find('\\', copied);
  }
  out.append(between_quotes, copied);
  return out;
}

size_t count_characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

void skip_value(std::string_view json, size_t& at) {
  size_t depth = 0;
  while (at < json.size()) {
    const char c = json[at];
    if (c == '"') {
      skip_string(json, at);
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at;
      continue;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return;
      --depth;
      ++at;
    } else if (depth > 0 && ends_scalar(c)) {
      ++at;
      continue;
    } else {
      while (at < json.size() && !ends_scalar(json[at])) ++at;
    }
    if (depth == 0) return;
  }
}

bool has_member(std::string_view object, std::string_view name) {
  bool found = false;
  each_member(object, [&](std::string_view key, std::string_view) { found = found || unescape(key) == name; });
  return found;
}

}  // namespace opik::codec

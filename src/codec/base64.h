#pragma once
// Base64 (RFC 4648). Pure.

#include <optional>
#include <string>
#include <string_view>

namespace opik::codec {

inline bool is_base64_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

// Appends the digits of `bytes`, padded.
void append_base64(std::string& out, std::string_view bytes);

// The bytes, if append_base64() would make exactly `text` of them.
std::optional<std::string> decode_base64_strict(std::string_view text);
// Either alphabet, with or without padding; a blank is the '+' of a client that did not escape it in an address.
std::optional<std::string> decode_base64_lenient(std::string_view text);

}  // namespace opik::codec

#pragma once
// JSON text: strings made, text checked, the strings inside rewritten. Pure.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace opik::sdk {

// How a string looks between the quotes of JSON.
struct Escaped {
  size_t bytes = 0;
  bool repaired = false;  // it was not valid UTF-8; each maximal wrong run of a character became U+FFFD
};
Escaped measure_escaped(std::string_view raw) noexcept;
// Writes measure_escaped(raw).bytes bytes; returns their end.
char* write_escaped(char* to, std::string_view raw) noexcept;

// Appends `raw` as a JSON string with its quotes. Returns whether it was repaired.
bool append_json_string(std::string& out, std::string_view raw);
void append_number(std::string& out, double number);  // NaN and infinities as strings
// Writes at most 32 bytes; returns their end.
char* write_number(char* to, double number) noexcept;

inline constexpr unsigned kJsonDepthMax = 512;

// The value in `text` without the space around it; nothing if it is not exactly one JSON value of valid UTF-8, at most
// kJsonDepthMax levels deep.
std::optional<std::string_view> check_json(std::string_view text) noexcept;

// The same value with every string that is not a key rewritten. `text` is checked JSON.
std::string rewrite_strings(std::string_view text, const std::function<void(std::string&)>& rewrite);

// The content of a checked JSON string, quotes included in `text`.
std::string unescape(std::string_view text);

// The longest beginning of `text` of at most `bytes_max` bytes that does not end within a character.
std::string_view cut_text(std::string_view text, size_t bytes_max) noexcept;

}  // namespace opik::sdk

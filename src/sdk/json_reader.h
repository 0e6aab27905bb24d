#pragma once
// Reads small JSON that others wrote: a server's answer, the inside of an API key. Lenient where nothing is lost by it (numbers
// are kept as text), strict about its bounds.
//
//   std::optional<JsonNode> answer = read_json(response.body);
//   if (answer) use(answer->at("rejected").items);

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opik::sdk {

struct JsonNode {
  enum class Kind { null, boolean, number, string, array, object };
  Kind kind = Kind::null;
  std::string text;                // string: unescaped; number, boolean: as written
  std::vector<JsonNode> items;     // of an array; the values of an object
  std::vector<std::string> names;  // of an object, one for each item

  // The member, or a null node if this is no object or has none of that name.
  const JsonNode& at(std::string_view name) const;
  // The value of a number that is a whole one from 0 to 2^63-1; nothing otherwise.
  std::optional<int64_t> whole() const;
};

inline constexpr int kJsonReadDepthMax = 64;
inline constexpr size_t kJsonReadBytesMax = 8 << 20;

// Nothing if `text` is not one whole JSON value within the bounds.
std::optional<JsonNode> read_json(std::string_view text);

}  // namespace opik::sdk

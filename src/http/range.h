#pragma once
// Parts of a body, by the header Range (RFC 9110, 14). Pure.

#include <cstdint>
#include <optional>
#include <string_view>

namespace opik::http {

struct ByteRange {
  uint64_t offset = 0;
  uint64_t count = 0;
};

struct RangeAnswer {
  enum class Kind : uint8_t {
    whole,          // no range, one that is not understood, or several: the whole body is an answer to that
    part,           // 206
    unsatisfiable,  // 416
  };
  Kind kind = Kind::whole;
  ByteRange range;  // of a part
};

// "bytes=0-99", "bytes=100-" or "bytes=-50" of a body of `length` bytes.
RangeAnswer read_range(std::optional<std::string_view> header, uint64_t length);

}  // namespace opik::http

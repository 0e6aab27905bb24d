#pragma once
// The id of a trace or a span: a UUID of version 7.

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "opik/export.h"

namespace opik {

class OPIK_API Id {
 public:
  constexpr Id() noexcept = default;  // none: where a call needs an id, it makes one
  explicit constexpr Id(const std::array<uint8_t, 16>& bytes) noexcept : bytes_(bytes) {}
  // 36 characters, 8-4-4-4-12. Text that is no UUID gives an id that is not valid(): what is logged under it is rejected, counted
  // and reported by flush(), as is what is logged under a UUID of another version, which the server would refuse.
  Id(std::string_view text) noexcept;                                                        // NOLINT: implicit, as arguments are written
  Id(const std::string& text) noexcept : Id(std::string_view(text)) {}                       // NOLINT
  Id(const char* text) noexcept : Id(text ? std::string_view(text) : std::string_view()) {}  // NOLINT

  static Id make() noexcept;  // new, of the present millisecond; ids made by one thread ascend

  bool valid() const noexcept { return (bytes_[6] >> 4) == 7 && (bytes_[8] >> 6) == 2; }
  explicit operator bool() const noexcept { return *this != Id{}; }
  std::string text() const;
  const std::array<uint8_t, 16>& bytes() const noexcept { return bytes_; }

  friend bool operator==(const Id& a, const Id& b) noexcept { return std::memcmp(a.bytes_.data(), b.bytes_.data(), 16) == 0; }
  friend bool operator!=(const Id& a, const Id& b) noexcept { return !(a == b); }
  friend bool operator<(const Id& a, const Id& b) noexcept { return std::memcmp(a.bytes_.data(), b.bytes_.data(), 16) < 0; }

 private:
  std::array<uint8_t, 16> bytes_{};
};

}  // namespace opik

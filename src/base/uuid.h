#pragma once
// A UUID: 16 bytes, ordered as bytes. UUIDv7 begins with 48 bits of milliseconds since 1970, so order is time order.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace opik::base {

class Uuid {
 public:
  constexpr Uuid() = default;
  explicit constexpr Uuid(const std::array<uint8_t, 16>& bytes) : bytes_(bytes) {}

  // A new version 7 UUID of the present millisecond. Thread-safe; ids made by one thread ascend.
  static Uuid v7();
  // The least and the greatest UUID whose first 48 bits are `ms` (bounds of a time range over ids).
  static Uuid least_at_ms(int64_t ms);
  static Uuid greatest_at_ms(int64_t ms);
  // 36 characters, 8-4-4-4-12 hex digits of either case; nothing otherwise.
  static std::optional<Uuid> parse(std::string_view text);
  // 16 raw bytes; nothing if `bytes` has another length.
  static std::optional<Uuid> from_bytes(std::string_view bytes);

  std::string text() const;         // lower case, 36 characters
  void write_text(char* to) const;  // the same, 36 bytes at `to`
  std::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  int version() const { return bytes_[6] >> 4; }
  int64_t time_ms() const;  // of a version 7 UUID

  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;

 private:
  std::array<uint8_t, 16> bytes_{};
};

struct UuidHash {
  size_t operator()(const Uuid& id) const noexcept;
};

}  // namespace opik::base

#pragma once
// Protobuf's wire format: a message is a row of fields, each with a number, a type and a value.
//
//   bool sound = each_field(message, [&](const WireField& field) {
//     if (field.is(1, WireType::bytes)) name = field.bytes;     // others are skipped
//     return true;                                              // false stops
//   });
//
// Reads nothing outside of `message` and copies nothing. Groups, which proto3 does not have, are refused.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace opik::codec {

enum class WireType : uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct WireField {
  uint64_t number = 0;
  WireType type = WireType::varint;
  uint64_t integer = 0;    // of varint, fixed64, fixed32
  std::string_view bytes;  // of bytes

  bool is(uint64_t wanted_number, WireType wanted_type) const { return number == wanted_number && type == wanted_type; }
  double real() const { return std::bit_cast<double>(integer); }  // of fixed64
};

// Take a varint or a field off the front of `message`; false if it is broken or incomplete.
bool take_varint(std::string_view& message, uint64_t& value);
bool take_field(std::string_view& message, WireField& field);

// Whether all of `message` was sound and `visit` always said true.
template <class Visit>
bool each_field(std::string_view message, Visit&& visit) {
  WireField field;
  while (!message.empty()) {
    if (!take_field(message, field) || !visit(field)) return false;
  }
  return true;
}

// Append a field.
void put_varint(std::string& out, uint64_t value);
void put_integer(std::string& out, uint64_t number, uint64_t value);
void put_bytes(std::string& out, uint64_t number, std::string_view value);

}  // namespace opik::codec

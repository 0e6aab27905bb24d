#include "codec/otlp_wire.h"

namespace opik::codec {
namespace {

// Little-endian.
bool take_fixed(std::string_view& message, size_t bytes, uint64_t& value) {
  if (message.size() < bytes) return false;
  value = 0;
  for (size_t i = bytes; i-- > 0;) value = value << 8 | static_cast<uint8_t>(message[i]);
  message.remove_prefix(bytes);
  return true;
}

}  // namespace

bool take_varint(std::string_view& message, uint64_t& value) {
  constexpr size_t kVarintBytesMax = 10;
  value = 0;
  for (size_t i = 0; i < kVarintBytesMax && i < message.size(); ++i) {
    const auto byte = static_cast<uint8_t>(message[i]);
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);  // of the tenth byte one bit counts, as everywhere
    if (byte < 0x80) {
      message.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

bool take_field(std::string_view& message, WireField& field) {
  uint64_t tag = 0;
  if (!take_varint(message, tag) || tag >> 3 == 0) return false;
  field.number = tag >> 3;
  field.type = static_cast<WireType>(tag & 7);
  field.integer = 0;
  field.bytes = {};
  switch (field.type) {
    case WireType::varint:
      return take_varint(message, field.integer);
    case WireType::fixed64:
      return take_fixed(message, 8, field.integer);
    case WireType::fixed32:
      return take_fixed(message, 4, field.integer);
    case WireType::bytes: {
      uint64_t length = 0;
      if (!take_varint(message, length) || length > message.size()) return false;
      field.bytes = message.substr(0, length);
      message.remove_prefix(length);
      return true;
    }
  }
  return false;
}

void put_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void put_integer(std::string& out, uint64_t number, uint64_t value) {
  put_varint(out, number << 3 | static_cast<uint64_t>(WireType::varint));
  put_varint(out, value);
}

void put_bytes(std::string& out, uint64_t number, std::string_view value) {
  put_varint(out, number << 3 | static_cast<uint64_t>(WireType::bytes));
  put_varint(out, value.size());
  out.append(value);
}

}  // namespace opik::codec

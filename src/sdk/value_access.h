#pragma once
// What the SDK sees of a Value (opik/value.h) and programs do not.

#include <cstddef>
#include <string_view>

#include <opik/value.h>

namespace opik::detail {

struct ValueAccess {
  using Kind = Value::Kind;

  static Kind kind(const Value& value) noexcept { return value.all_.kind; }
  static bool repaired(const Value& value) noexcept { return value.all_.repaired; }
  static bool has_text(const Value& value) noexcept { return value.all_.kind >= Kind::string; }
  // Of a value with text: a string raw, an object or array without its brackets.
  static std::string_view text_of(const Value& value) noexcept { return {value.all_.text, value.all_.size}; }
  static size_t size(const Value& value) noexcept { return value.all_.size; }  // of that text; 0 of any other value
  // The 8 bytes of a value without text.
  static const void* scalar(const Value& value) noexcept { return &value.all_.integer; }

  static bool grow(Value& value, size_t more) noexcept;
  static void leave_out(Value& value, const char* why) noexcept;
  static Value too_deep() noexcept;
  // A value of JSON text that the caller wrote itself, so that it need not be checked. At most kBytesMax bytes.
  static Value written(std::string_view json, bool repaired) noexcept;
  static void finish(Value& value, const Value& added, char* end, bool repaired) noexcept;
  static size_t text_bytes(const Value& value) noexcept;  // at least as many as write_text writes
  static char* write_text(char* to, const Value& value) noexcept;
};

}  // namespace opik::detail

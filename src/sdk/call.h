#pragma once
// A Call is one logging call as it lies on a tape:
//
//   call  := Head field*            8-aligned
//   field := { field:u8 form:u8 repaired:u8 0:u8 bytes:u32 } bytes, filled up to 8
//
// Written by the calling thread, which only copies; read and made into JSON by the owner thread.

#include <cstdint>
#include <cstring>
#include <string_view>

#include <opik/data.h>

#include "base/uuid.h"
#include "sdk/queue.h"
#include "sdk/row.h"
#include "sdk/tape.h"
#include "sdk/value_access.h"

namespace opik::detail {
struct Channel;
}

namespace opik::sdk {

enum class Op : uint8_t { create, update, end, score, attach, refuse };

// The method that was called, for the warning about updates.
enum class Method : uint8_t { update_span, update_trace, span_end, span_update, trace_end, trace_update, kCount };

struct CallHead {
  uint32_t bytes = 0;  // of all of the call; first, as the tape wants it
  Op op = Op::create;
  Kind kind = Kind::trace;
  Method method = Method::update_span;
  uint8_t fields = 0;
  uint64_t tick = 0;
  const detail::Channel* channel = nullptr;
  base::Uuid id{};
  base::Uuid trace_id{};   // of a span
  base::Uuid parent_id{};  // of a span, or zero
};
static_assert(sizeof(CallHead) == 72);

using Form = detail::ValueAccess::Kind;  // string: not yet escaped; object and array: without brackets

struct FieldHead {
  Field field;
  Form form;
  bool repaired;
  uint8_t unused;
  uint32_t bytes;
};
static_assert(sizeof(FieldHead) == 8);

inline constexpr uint32_t align8(size_t bytes) { return static_cast<uint32_t>((bytes + 7) & ~size_t{7}); }

// Writes the fields of a call, one after another, into room that was reserved for them: bytes_max() of each, added up.
class CallWriter {
 public:
  static constexpr size_t bytes_max(size_t text_bytes) { return sizeof(FieldHead) + text_bytes + 7; }
  static size_t bytes_max(std::string_view text) { return bytes_max(text.size()); }
  static size_t bytes_max(const Value& value) { return bytes_max(detail::ValueAccess::size(value) + kScalarBytes); }
  static constexpr size_t kNumberBytesMax = sizeof(FieldHead) + 8;

  explicit CallWriter(char* to) noexcept : at_(to) {}

  void text(Field field, std::string_view text) noexcept {
    if (!text.empty()) add(field, Form::string, text.data(), text.size(), false);
  }
  void value(Field field, const Value& value) noexcept {
    using detail::ValueAccess;
    const Form form = ValueAccess::kind(value);
    if (form == Form::null) return;
    if (ValueAccess::has_text(value)) {
      const std::string_view text = ValueAccess::text_of(value);
      add(field, form, text.data(), text.size(), ValueAccess::repaired(value));
    } else {
      add(field, form, ValueAccess::scalar(value), kScalarBytes, false);
    }
  }
  void number(Field field, double number) noexcept { add(field, Form::number, &number, sizeof number, false); }
  // A time as nanoseconds since 1970.
  void time(Field field, int64_t ns) noexcept { add(field, Form::int64, &ns, sizeof ns, false); }

  uint8_t count() const { return count_; }
  const char* end() const { return at_; }

 private:
  static constexpr size_t kScalarBytes = 8;

  void add(Field field, Form form, const void* from, size_t bytes, bool repaired) noexcept {
    const FieldHead head{field, form, repaired, 0, static_cast<uint32_t>(bytes)};
    std::memcpy(at_, &head, sizeof head);
    if (bytes > 0) std::memcpy(at_ + sizeof head, from, bytes);
    at_ += sizeof head + align8(bytes);
    ++count_;
  }

  char* at_;
  uint8_t count_ = 0;
};

// What the owner thread makes of a call.
class CallReader {
 public:
  explicit CallReader(std::string_view call) : call_(call) { std::memcpy(&head_, call.data(), sizeof head_); }
  const CallHead& head() const { return head_; }

  // Calls `use(FieldHead, std::string_view bytes)` for every field.
  template <class F>
  void each(F&& use) const {
    const char* at = call_.data() + sizeof head_;
    for (uint8_t i = 0; i < head_.fields; ++i) {
      FieldHead field;
      std::memcpy(&field, at, sizeof field);
      use(field, std::string_view(at + sizeof field, field.bytes));
      at += sizeof field + align8(field.bytes);
    }
  }

 private:
  std::string_view call_;
  CallHead head_;
};

}  // namespace opik::sdk

#pragma once
// The fields of a trace and of a span, and what a field can hold.
//
// One list serves both kinds, so that the law of merging is written once; a field that a kind does not have stays empty.

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace opik::model {

enum class Kind : uint8_t { trace, span };

constexpr std::string_view kind_name(Kind kind) { return kind == Kind::trace ? "trace" : "span"; }

enum class Field : uint8_t {
  project,         // integer: the number of the project in the catalog (messages carry a name, the store resolves it)
  trace_id,        // text: 16 raw bytes, spans only
  parent_span_id,  // text: 16 raw bytes, spans only
  name,            // text
  type,            // text: general, tool, llm, guardrail; spans only
  start_time,      // integer: ns since 1970
  end_time,        // integer: ns since 1970
  input,           // JSON text
  output,          // JSON text
  metadata,        // JSON text
  tags,            // JSON text: array of distinct strings, in order of appearance
  usage,           // JSON text: object of name -> int32; spans only
  error_info,      // JSON text: {exception_type, message, traceback}
  model,           // text; spans only
  provider,        // text; spans only
  thread_id,       // text; traces only
  cost,            // real: US dollars as the client gave it, total_estimated_cost; spans only (what readers see: Record::cost)
  ttft,            // real: ms to the first token
  source,          // text: sdk, experiment, playground, optimization
};
inline constexpr size_t kFieldCount = static_cast<size_t>(Field::source) + 1;

// The name that the field has in Opik's API.
std::string_view field_name(Field field);

// A set of fields.
class FieldSet {
 public:
  constexpr FieldSet() = default;
  constexpr FieldSet(std::initializer_list<Field> fields) {
    for (Field f : fields) add(f);
  }
  static constexpr FieldSet all() {
    FieldSet set;
    set.bits_ = (1u << kFieldCount) - 1;
    return set;
  }
  constexpr void add(Field f) { bits_ |= bit(f); }
  constexpr void remove(Field f) { bits_ &= ~bit(f); }
  constexpr bool has(Field f) const { return (bits_ & bit(f)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool intersects(FieldSet other) const { return (bits_ & other.bits_) != 0; }
  friend constexpr bool operator==(const FieldSet&, const FieldSet&) = default;

 private:
  static constexpr uint32_t bit(Field f) { return 1u << static_cast<unsigned>(f); }
  uint32_t bits_ = 0;
};

// Where an entity stands. A patch says them only as a hint for an entity whose create has not come yet: once a create is
// known, its word counts.
inline constexpr FieldSet kPlaceFields{Field::project, Field::trace_id, Field::parent_span_id};
// Kept apart from the narrow row, compressed.
inline constexpr FieldSet kPayloadFields{Field::input, Field::output, Field::metadata, Field::error_info};

// Empty, or a number, or bytes. Ordered, so that ties between patches have one winner.
using Value = std::variant<std::monostate, int64_t, double, std::string>;

inline bool is_empty(const Value& value) { return value.index() == 0; }

// One value per field.
class Fields {
 public:
  Value& operator[](Field f) { return values_[static_cast<size_t>(f)]; }
  const Value& operator[](Field f) const { return values_[static_cast<size_t>(f)]; }
  bool has(Field f) const { return !is_empty((*this)[f]); }

  // The bytes or the number of a field that must hold that (or be empty: then "" or 0).
  std::string_view text(Field f) const {
    const auto* s = std::get_if<std::string>(&(*this)[f]);
    return s == nullptr ? std::string_view{} : std::string_view{*s};
  }
  int64_t integer(Field f) const {
    const auto* n = std::get_if<int64_t>(&(*this)[f]);
    return n == nullptr ? 0 : *n;
  }
  double real(Field f) const {
    const auto* d = std::get_if<double>(&(*this)[f]);
    return d == nullptr ? 0 : *d;
  }
  friend bool operator==(const Fields&, const Fields&) = default;

 private:
  std::array<Value, kFieldCount> values_;
};

// Calls visit(Field) for every field, in order.
template <class Visit>
void each_field(Visit&& visit) {
  for (size_t i = 0; i < kFieldCount; ++i) visit(static_cast<Field>(i));
}

}  // namespace opik::model

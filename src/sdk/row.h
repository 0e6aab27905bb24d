#pragma once
// A Row is what is known of a record: fields, each with its JSON text. Whole (all that the record is) or a patch (what changes).
//
//   Row row;
//   row.set(Field::name, "\"answer\"");
//   row.merge(patch);                      // the patch's fields replace
//   row.append_members(out);               // "name":"answer",…
//
// One block of text and a table of where each field stands in it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace opik::sdk {

// The order is that on the wire. The last group is not JSON and never a member of the body.
enum class Field : uint8_t {
  project_name,
  trace_id,
  parent_span_id,
  name,
  type,
  start_time,
  end_time,
  input,
  output,
  metadata,
  model,
  provider,
  tags,
  usage,
  total_estimated_cost,
  ttft,
  error_info,
  thread_id,
  source,
  // of a score
  value,
  category_name,
  reason,
  // of an attachment: plain bytes
  path,
  bytes,
  file_name,
  content_type,
  is_span,
  kCount,
};
inline constexpr size_t kFields = static_cast<size_t>(Field::kCount);

std::string_view field_name(Field field);

class Row {
 public:
  bool has(Field field) const { return slices_[index(field)].bytes != kAbsent; }
  std::string_view get(Field field) const;  // empty if absent
  void set(Field field, std::string_view text);
  // The same for a text that is made piece by piece: `write(std::string& out)` appends it to `out`.
  template <class F>
  void set_by(Field field, F&& write) {
    forget(field);
    const size_t at = text_.size();
    write(text_);
    note(field, at);
  }
  void reserve(size_t bytes) { text_.reserve(bytes); }
  void merge(const Row& newer);
  bool empty() const;

  // The JSON members of all fields that are JSON, with commas between and no braces around.
  void append_members(std::string& out) const;
  size_t bytes() const { return sizeof(Row) + text_.capacity(); }
  size_t text_bytes() const { return text_.size(); }

  // For the spool. unpack: nothing if `packed` is not what pack() made.
  void pack(std::string& out) const;
  static std::optional<Row> unpack(std::string_view packed);

  friend bool operator==(const Row& a, const Row& b);

 private:
  static constexpr uint32_t kAbsent = UINT32_MAX;
  struct Slice {
    uint32_t at = 0;
    uint32_t bytes = kAbsent;
  };
  static size_t index(Field field) { return static_cast<size_t>(field); }
  void forget(Field field);
  void note(Field field, size_t at);  // its text is from there to the end
  void compact();

  std::string text_;
  std::array<Slice, kFields> slices_;
  uint32_t used_ = 0;  // bytes of text_ that a slice shows
};

}  // namespace opik::sdk

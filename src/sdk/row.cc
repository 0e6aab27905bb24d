#include "sdk/row.h"

#include <cstring>

namespace opik::sdk {

namespace {
// ,"name": of every field. Literals: what is left when the process ends is sent after the destructors of statics.
constexpr std::array<std::string_view, kFields> kKeys{
    ",\"project_name\":",  ",\"trace_id\":",   ",\"parent_span_id\":", ",\"name\":",   ",\"type\":",
    ",\"start_time\":",    ",\"end_time\":",   ",\"input\":",          ",\"output\":", ",\"metadata\":",
    ",\"model\":",         ",\"provider\":",   ",\"tags\":",           ",\"usage\":",  ",\"total_estimated_cost\":",
    ",\"ttft\":",          ",\"error_info\":", ",\"thread_id\":",      ",\"source\":", ",\"value\":",
    ",\"category_name\":", ",\"reason\":",     ",\"path\":",           ",\"bytes\":",  ",\"file_name\":",
    ",\"content_type\":",  ",\"is_span\":",
};
}  // namespace

std::string_view field_name(Field field) {
  const std::string_view key = kKeys[static_cast<size_t>(field)];
  return key.substr(2, key.size() - 4);
}

std::string_view Row::get(Field field) const {
  const Slice slice = slices_[index(field)];
  return slice.bytes == kAbsent ? std::string_view() : std::string_view(text_).substr(slice.at, slice.bytes);
}

void Row::set(Field field, std::string_view text) {
  Slice& slice = slices_[index(field)];
  if (slice.bytes != kAbsent && slice.bytes >= text.size()) {  // in place
    std::memmove(text_.data() + slice.at, text.data(), text.size());
    used_ -= slice.bytes - static_cast<uint32_t>(text.size());
    slice.bytes = static_cast<uint32_t>(text.size());
    return;
  }
  set_by(field, [&](std::string& out) { out += text; });
}

void Row::forget(Field field) {
  Slice& slice = slices_[index(field)];
  if (slice.bytes == kAbsent) return;
  used_ -= slice.bytes;
  slice.bytes = kAbsent;
  if (text_.size() > 2 * size_t{used_} + 1024) compact();
}

void Row::note(Field field, size_t at) {
  Slice& slice = slices_[index(field)];
  slice.at = static_cast<uint32_t>(at);
  slice.bytes = static_cast<uint32_t>(text_.size() - at);
  used_ += slice.bytes;
}

void Row::compact() {
  std::string text;
  text.reserve(used_);
  for (Slice& slice : slices_) {
    if (slice.bytes == kAbsent) continue;
    const auto at = static_cast<uint32_t>(text.size());
    text.append(text_, slice.at, slice.bytes);
    slice.at = at;
  }
  text_ = std::move(text);
}

void Row::merge(const Row& newer) {
  for (size_t i = 0; i < kFields; ++i) {
    if (newer.slices_[i].bytes != kAbsent) set(static_cast<Field>(i), newer.get(static_cast<Field>(i)));
  }
}

bool Row::empty() const {
  for (const Slice& slice : slices_) {
    if (slice.bytes != kAbsent) return false;
  }
  return true;
}

void Row::append_members(std::string& out) const {
  size_t skipped = 1;  // the first has no comma
  for (size_t i = 0; i < index(Field::path); ++i) {
    if (slices_[i].bytes == kAbsent) continue;
    out += kKeys[i].substr(skipped);
    skipped = 0;
    out.append(text_, slices_[i].at, slices_[i].bytes);
  }
}

// packed := { field:u8 bytes:u32 text }*
void Row::pack(std::string& out) const {
  for (size_t i = 0; i < kFields; ++i) {
    if (slices_[i].bytes == kAbsent) continue;
    const uint32_t bytes = slices_[i].bytes;
    out += static_cast<char>(i);
    out.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
    out += get(static_cast<Field>(i));
  }
}

std::optional<Row> Row::unpack(std::string_view packed) {
  Row row;
  while (!packed.empty()) {
    if (packed.size() < 5) return std::nullopt;
    const auto field = static_cast<uint8_t>(packed[0]);
    uint32_t bytes;
    std::memcpy(&bytes, packed.data() + 1, sizeof bytes);
    packed.remove_prefix(5);
    if (field >= kFields || bytes > packed.size()) return std::nullopt;
    row.set(static_cast<Field>(field), packed.substr(0, bytes));
    packed.remove_prefix(bytes);
  }
  return row;
}

bool operator==(const Row& a, const Row& b) {
  for (size_t i = 0; i < kFields; ++i) {
    const auto field = static_cast<Field>(i);
    if (a.has(field) != b.has(field) || a.get(field) != b.get(field)) return false;
  }
  return true;
}

}  // namespace opik::sdk

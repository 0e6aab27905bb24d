#include "store/memory/text_search.h"

#include <cstdint>
#include <cstdio>

#include "codec/encode.h"

namespace opik::store::memory {
namespace {

using model::Field;

// The length of the UTF-8 sequence that begins with `lead`; 1 for what cannot begin one.
size_t sequence_length(unsigned char lead) {
  if (lead >= 0xf0 && lead < 0xf8) return 4;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xc0 && lead < 0xe0) return 2;
  return 1;
}

void append_unit(std::string& out, uint32_t unit) {
  char escape[8];
  std::snprintf(escape, sizeof escape, "\\u%04x", unit & 0xffffu);
  out += escape;
}

// JSON text with UTF-8 -> the same with \uXXXX.
std::string to_ascii_json(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const size_t length = sequence_length(lead);
    if (length == 1 || at + length > text.size()) {
      out += text[at++];
      continue;
    }
    uint32_t point = lead & (0x7fu >> length);
    for (size_t i = 1; i < length; ++i) point = point << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3fu);
    if (point >= 0x10000) {
      append_unit(out, 0xd800 + ((point - 0x10000) >> 10));
      append_unit(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
    } else {
      append_unit(out, point);
    }
    at += length;
  }
  return out;
}

bool contains(std::string_view text, std::string_view folded_needle) { return fold_case(text).find(folded_needle) != std::string::npos; }

}  // namespace

std::string fold_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool contains_text(const model::Record& record, std::string_view needle) {
  const model::Fields& fields = record.view.fields;
  const std::string plain = fold_case(needle);
  if (contains(record.id.text(), plain)) return true;
  if (const auto trace_id = base::Uuid::from_bytes(fields.text(Field::trace_id)); trace_id && contains(trace_id->text(), plain))
    return true;
  for (Field f : {Field::name, Field::thread_id, Field::type, Field::model, Field::provider}) {
    if (contains(fields.text(f), plain)) return true;
  }
  std::string quoted;
  codec::append_string(quoted, needle);
  const std::string inner = quoted.substr(1, quoted.size() - 2);
  const std::string as_json = fold_case(inner);
  const std::string as_ascii_json = fold_case(to_ascii_json(inner));
  for (Field f : {Field::tags, Field::input, Field::output, Field::metadata, Field::error_info}) {
    if (contains(fields.text(f), as_json) || contains(fields.text(f), as_ascii_json)) return true;
  }
  return false;
}

}  // namespace opik::store::memory

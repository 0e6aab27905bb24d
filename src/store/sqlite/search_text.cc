#include "store/sqlite/search_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "codec/encode.h"
#include "store/sqlite/projects.h"
#include "store/sqlite/text_match.h"

namespace opik::store::sqlite {
namespace {

using model::Field;
using model::Kind;

// \uXXXX for every code point beyond ASCII (two of them beyond the first plane). Broken UTF-8 stays as it is.
std::string escape_non_ascii(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<uint8_t>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (length == 1 || i + length > text.size()) {
      out.push_back(text[i++]);
      continue;
    }
    uint32_t point = lead & (0xff >> (length + 1));
    for (size_t k = 1; k < length; ++k) point = point << 6 | (static_cast<uint8_t>(text[i + k]) & 0x3f);
    if (point >= 0x10000) {
      point -= 0x10000;
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (point >> 10), 0xdc00 + (point & 0x3ff));
    } else {
      out += fmt::format("\\u{:04x}", point);
    }
    i += length;
  }
  return out;
}

constexpr std::array kPlainFields{Field::name, Field::thread_id, Field::type, Field::model, Field::provider};
constexpr std::array kJsonFields{Field::input, Field::output, Field::metadata, Field::error_info, Field::tags};

}  // namespace

SearchText::SearchText(std::string_view text) : plain_(name_key(text)) {
  if (plain_.empty()) return;
  std::string quoted;
  codec::append_string(quoted, plain_);
  quoted = quoted.substr(1, quoted.size() - 2);
  const std::string escaped = escape_non_ascii(quoted);
  if (escaped != quoted) quoted_.push_back(escaped);
  quoted_.push_back(std::move(quoted));
}

bool SearchText::matches(Kind kind, const Row& row) const {
  if (contains_folded(row.id.text(), plain_)) return true;
  if (kind == Kind::span) {
    const std::optional<base::Uuid> trace_id = base::Uuid::from_bytes(row.shown.text(Field::trace_id));
    if (trace_id && contains_folded(trace_id->text(), plain_)) return true;
  }
  for (Field f : kPlainFields) {
    if (contains_folded(row.shown.text(f), plain_)) return true;
  }
  for (Field f : kJsonFields) {
    const std::string_view text = row.shown.text(f);
    if (text.empty()) continue;
    if (std::any_of(quoted_.begin(), quoted_.end(), [&](const std::string& needle) { return contains_folded(text, needle); })) return true;
  }
  return false;
}

}  // namespace opik::store::sqlite

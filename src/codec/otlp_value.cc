#include "codec/otlp_value.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "codec/encode.h"
#include "codec/object_writer.h"
#include "codec/validate.h"

namespace opik::codec {
namespace {

// How many bytes of `text` are one UTF-8 character; 0 if it does not begin with one.
size_t character_bytes(std::string_view text) {
  const auto byte = static_cast<uint8_t>(text[0]);
  size_t length = 1;
  if (byte >= 0xf0) {
    length = 4;
  } else if (byte >= 0xe0) {
    length = 3;
  } else if (byte >= 0x80) {
    length = 2;
  }
  return length <= text.size() && valid_utf8(text.substr(0, length)) ? length : 0;
}

}  // namespace

base::Result<OtlpRequest> decode_otlp(OtlpForm form, std::string_view body) {
  return form == OtlpForm::protobuf ? decode_otlp_protobuf(body) : decode_otlp_json(body);
}

base::Error broken_otlp(std::string_view what) { return {base::Code::malformed, fmt::format("OTLP request: {}", what)}; }

base::Error oversized_otlp() {
  return {base::Code::unprocessable,
          fmt::format("OTLP request: found more than {} attributes, events, links and scopes; send fewer spans at once", kOtlpElementsMax)};
}

OtlpValue too_deep_value() { return {OtlpValue::Type::text, fmt::format("(left out: nested deeper than {} levels)", kOtlpValueDepthMax)}; }

std::string repaired_utf8(std::string_view text) {
  if (valid_utf8(text)) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const size_t length = character_bytes(text);
    out.append(length == 0 ? "\xef\xbf\xbd" : text.substr(0, length));
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string encode_base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) group = group << 8 | (j < count ? static_cast<uint8_t>(bytes[i + j]) : 0u);
    for (size_t j = 0; j < 4; ++j) out.push_back(j <= count ? kDigits[group >> (18 - 6 * j) & 63] : '=');
  }
  return out;
}

std::string hex(std::string_view bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char c : bytes) {
    out.push_back("0123456789abcdef"[static_cast<uint8_t>(c) >> 4]);
    out.push_back("0123456789abcdef"[c & 15]);
  }
  return out;
}

void append_real(std::string& out, double value) {
  if (std::isfinite(value)) {
    append_number(out, value);
  } else {
    append_string(out, std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
  }
}

void append_value(std::string& out, const OtlpValue& value) {
  switch (value.type) {
    case OtlpValue::Type::null:
      out += "null";
      return;
    case OtlpValue::Type::text:
      append_string(out, value.text);
      return;
    default:
      out += value.text;
  }
}

void append_attributes(std::string& out, const OtlpAttributes& attributes, size_t bytes_max) {
  std::map<std::string_view, const OtlpValue*> by_key;
  for (const OtlpAttribute& attribute : attributes) by_key.insert_or_assign(attribute.key, &attribute.value);
  const size_t begin = out.size();
  int64_t left_out = 0;
  std::string json;
  ObjectWriter object(out);
  for (const auto& [key, value] : by_key) {
    json.clear();
    append_value(json, *value);
    if (out.size() - begin + key.size() + json.size() > bytes_max) {
      ++left_out;
    } else {
      object.chosen_key(key) += json;
    }
  }
  if (left_out > 0) append_integer(object.key("dropped_attributes_count"), left_out);
}

}  // namespace opik::codec

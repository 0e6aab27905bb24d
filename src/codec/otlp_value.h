#pragma once
// What the two readers of OTLP share, and values as JSON.

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/otlp.h"

namespace opik::codec {

base::Result<OtlpRequest> decode_otlp_protobuf(std::string_view body);
base::Result<OtlpRequest> decode_otlp_json(std::string_view body);

// "OTLP request: <what>".
base::Error broken_otlp(std::string_view what);
base::Error oversized_otlp();

// Stands for a value that nests deeper than kOtlpValueDepthMax.
OtlpValue too_deep_value();

// `text` with U+FFFD for every byte that is not part of a UTF-8 character.
std::string repaired_utf8(std::string_view text);

std::string encode_base64(std::string_view bytes);
std::string hex(std::string_view bytes);

void append_real(std::string& out, double value);  // NaN and the infinities become strings of that name
void append_value(std::string& out, const OtlpValue& value);
// A JSON object; of two attributes with one key the later. Attributes that would make it longer than `bytes_max` are left out
// and counted under "dropped_attributes_count".
void append_attributes(std::string& out, const OtlpAttributes& attributes, size_t bytes_max = SIZE_MAX);

}  // namespace opik::codec

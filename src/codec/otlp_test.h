#pragma once
// What the tests of OTLP share: requests as protobuf, written field by field, and what was read of them, printed.

#include <bit>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "codec/codec_test.h"
#include "codec/otlp.h"
#include "codec/otlp_value.h"
#include "codec/otlp_wire.h"

namespace opik::codec {

inline std::string field(uint64_t number, std::string_view bytes) {
  std::string out;
  put_bytes(out, number, bytes);
  return out;
}
inline std::string field(uint64_t number, uint64_t value) {
  std::string out;
  put_integer(out, number, value);
  return out;
}
inline std::string fixed(uint64_t number, uint64_t value) {
  std::string out;
  put_varint(out, number << 3 | 1);
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
  return out;
}
inline std::string text_value(std::string_view text) { return field(1, text); }
inline std::string integer_value(int64_t value) { return field(3, static_cast<uint64_t>(value)); }
inline std::string real_value(double value) { return fixed(4, std::bit_cast<uint64_t>(value)); }
inline std::string key_value(std::string_view key, std::string_view value) { return field(1, key) + field(2, value); }
inline std::string attribute(std::string_view key, std::string_view value) { return field(9, key_value(key, value)); }  // of a span
inline std::string text_attribute(std::string_view key, std::string_view text) { return attribute(key, text_value(text)); }

inline const std::string kOtlpTrace = "\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19";
inline constexpr uint64_t kStartNs = 1'700'000'000'123'456'789;
inline constexpr uint64_t kEndNs = 1'700'000'001'623'456'789;

// An id of 8 bytes.
inline std::string span_id(uint8_t number) { return std::string(7, '\x51') + static_cast<char>(number); }

// A span from kStartNs to kEndNs of trace kOtlpTrace; parent 0: a root.
inline std::string span_message(uint8_t id, uint8_t parent, std::string_view rest) {
  return field(1, kOtlpTrace) + field(2, span_id(id)) + (parent == 0 ? "" : field(4, span_id(parent))) + fixed(7, kStartNs) +
         fixed(8, kEndNs) + std::string(rest);
}
// One resource, one scope, spans.
inline std::string request_of(std::initializer_list<std::string> spans, std::string_view scope = {}, std::string_view resource = {}) {
  std::string scope_spans = scope.empty() ? "" : field(1, scope);
  for (const std::string& span : spans) scope_spans += field(2, span);
  return field(1, (resource.empty() ? "" : field(1, resource)) + field(2, scope_spans));
}

inline std::string show(const OtlpAttributes& attributes) {
  std::string out;
  append_attributes(out, attributes);
  return out;
}

inline std::string show(const OtlpRequest& request) {
  std::string out;
  for (const OtlpAttributes& resource : request.resources) out += fmt::format("resource {}\n", show(resource));
  for (const OtlpScope& scope : request.scopes) {
    out += fmt::format("scope {} {} of {} {}\n", scope.name, scope.version, scope.resource, show(scope.attributes));
  }
  for (const OtlpSpan& span : request.spans) {
    out += fmt::format("span {} {} in {} parent {} scope {} state {} kind {} {}-{} status {} {} dropped {} {}\n", span.name,
                       hex(span.span_id), hex(span.trace_id), hex(span.parent_span_id), span.scope, span.trace_state, span.kind,
                       span.start_ns, span.end_ns, span.status, span.status_message, span.dropped, show(span.attributes));
    for (const OtlpEvent& event : span.events) out += fmt::format("  event {} {} {}\n", event.name, event.time_ns, show(event.attributes));
    for (const OtlpLink& link : span.links) {
      out += fmt::format("  link {} {} {} {}\n", hex(link.trace_id), hex(link.span_id), link.trace_state, show(link.attributes));
    }
  }
  return out;
}

// The messages of a request as protobuf, with the ids that it would get first.
inline OtlpMessages messages_of(std::string_view body, std::string_view project = "shop") {
  const auto request = decode_otlp(OtlpForm::protobuf, body);
  EXPECT_TRUE(request) << request.error().message;
  return otlp_messages(*request, project, otlp_traces(*request, project));
}

}  // namespace opik::codec

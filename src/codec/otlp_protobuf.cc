#include <fmt/format.h>

#include "codec/encode.h"
#include "codec/object_writer.h"
#include "codec/otlp_value.h"
#include "codec/otlp_wire.h"

// ExportTraceServiceRequest as protobuf. Field numbers are those of opentelemetry/proto (trace v1, common v1, resource v1):
//
//   request  1 resource_spans*   { 1 resource { 1 attribute* }  2 scope_spans* { 1 scope  2 span* } }
//   scope    1 name  2 version  3 attribute*
//   span     1 trace_id  2 span_id  3 trace_state  4 parent_span_id  5 name  6 kind  7 start  8 end  9 attribute*  10 dropped
//            11 event*  12 dropped  13 link*  14 dropped  15 status { 2 message  3 code }
//   value    1 text  2 boolean  3 integer  4 real  5 list { 1 value* }  6 object { 1 attribute* }  7 bytes
//
// A field of an unknown number or an unexpected type is skipped, as protobuf wants it. Values are the only thing that nests.

namespace opik::codec {
namespace {

using base::Result;

class Decoder {
 public:
  Result<OtlpRequest> decode(std::string_view body) {
    const bool sound =
        each_field(body, [&](const WireField& field) { return !field.is(1, WireType::bytes) || resource_spans(field.bytes); });
    if (elements_ > kOtlpElementsMax) return oversized_otlp();
    if (!sound) return broken_otlp("the body is not protobuf of an ExportTraceServiceRequest, or not all of it");
    return std::move(request_);
  }

 private:
  // Counts something that takes memory.
  bool element() { return ++elements_ <= kOtlpElementsMax; }

  bool resource_spans(std::string_view message) {
    if (!element()) return false;
    const size_t resource = request_.resources.size();
    request_.resources.emplace_back();
    return each_field(message, [&](const WireField& field) {
      if (field.is(1, WireType::bytes)) {
        return each_field(field.bytes, [&](const WireField& f) { return attribute_if(f, 1, request_.resources[resource]); });
      }
      return !field.is(2, WireType::bytes) || scope_spans(field.bytes, resource);
    });
  }

  bool scope_spans(std::string_view message, size_t resource) {
    if (!element()) return false;
    const size_t scope = request_.scopes.size();
    request_.scopes.emplace_back().resource = resource;
    return each_field(message, [&](const WireField& field) {
      if (field.is(1, WireType::bytes)) return read_scope(field.bytes, request_.scopes[scope]);
      return !field.is(2, WireType::bytes) || read_span(field.bytes, scope);
    });
  }

  bool read_scope(std::string_view message, OtlpScope& scope) {
    return each_field(message, [&](const WireField& field) {
      if (field.is(1, WireType::bytes)) scope.name = repaired_utf8(field.bytes);
      if (field.is(2, WireType::bytes)) scope.version = repaired_utf8(field.bytes);
      return attribute_if(field, 3, scope.attributes);
    });
  }

  bool read_span(std::string_view message, size_t scope) {
    if (request_.spans.size() == kOtlpSpansMax) {
      ++request_.spans_beyond_limit;
      return true;
    }
    OtlpSpan& span = request_.spans.emplace_back();
    span.scope = scope;
    return each_field(message, [&](const WireField& field) {
      return field.type == WireType::bytes ? span_bytes(field, span) : span_number(field, span);
    });
  }

  bool span_bytes(const WireField& field, OtlpSpan& span) {
    switch (field.number) {
      case 1:
        span.trace_id = field.bytes;
        return true;
      case 2:
        span.span_id = field.bytes;
        return true;
      case 3:
        span.trace_state = repaired_utf8(field.bytes);
        return true;
      case 4:
        span.parent_span_id = field.bytes;
        return true;
      case 5:
        span.name = repaired_utf8(field.bytes);
        return true;
      case 9:
        return read_attribute(field.bytes, 0, span.attributes);
      case 11:
        return element() && read_event(field.bytes, span.events.emplace_back());
      case 13:
        return element() && read_link(field.bytes, span.links.emplace_back());
      case 15:
        return read_status(field.bytes, span);
      default:
        return true;
    }
  }

  static bool span_number(const WireField& field, OtlpSpan& span) {
    if (field.is(6, WireType::varint)) span.kind = field.integer;
    if (field.is(7, WireType::fixed64)) span.start_ns = field.integer;
    if (field.is(8, WireType::fixed64)) span.end_ns = field.integer;
    const bool counts_dropped = field.number == 10 || field.number == 12 || field.number == 14;
    if (counts_dropped && field.type == WireType::varint) span.dropped += static_cast<uint32_t>(field.integer);
    return true;
  }

  static bool read_status(std::string_view message, OtlpSpan& span) {
    return each_field(message, [&](const WireField& field) {
      if (field.is(2, WireType::bytes)) span.status_message = repaired_utf8(field.bytes);
      if (field.is(3, WireType::varint)) span.status = field.integer;
      return true;
    });
  }

  bool read_event(std::string_view message, OtlpEvent& event) {
    return each_field(message, [&](const WireField& field) {
      if (field.is(1, WireType::fixed64)) event.time_ns = field.integer;
      if (field.is(2, WireType::bytes)) event.name = repaired_utf8(field.bytes);
      return attribute_if(field, 3, event.attributes);
    });
  }

  bool read_link(std::string_view message, OtlpLink& link) {
    return each_field(message, [&](const WireField& field) {
      if (field.is(1, WireType::bytes)) link.trace_id = field.bytes;
      if (field.is(2, WireType::bytes)) link.span_id = field.bytes;
      if (field.is(3, WireType::bytes)) link.trace_state = repaired_utf8(field.bytes);
      return attribute_if(field, 4, link.attributes);
    });
  }

  // Reads an attribute if `field` has that number.
  bool attribute_if(const WireField& field, uint64_t number, OtlpAttributes& attributes) {
    return !field.is(number, WireType::bytes) || read_attribute(field.bytes, 0, attributes);
  }

  bool read_attribute(std::string_view message, int depth, OtlpAttributes& attributes) {
    if (!element()) return false;
    OtlpAttribute& attribute = attributes.emplace_back();
    return each_field(message, [&](const WireField& field) {
      if (field.is(1, WireType::bytes)) attribute.key = repaired_utf8(field.bytes);
      return !field.is(2, WireType::bytes) || read_value(field.bytes, depth, attribute.value);
    });
  }

  bool read_value(std::string_view message, int depth, OtlpValue& value) {
    return each_field(message, [&](const WireField& field) {
      if (field.type == WireType::bytes) return value_of_bytes(field, depth, value);
      if (field.is(2, WireType::varint)) value = {OtlpValue::Type::boolean, field.integer != 0 ? "true" : "false"};
      if (field.is(3, WireType::varint)) value = {OtlpValue::Type::number, fmt::to_string(static_cast<int64_t>(field.integer))};
      if (field.is(4, WireType::fixed64)) {
        value = {OtlpValue::Type::number, {}};
        append_real(value.text, field.real());
      }
      return true;
    });
  }

  bool value_of_bytes(const WireField& field, int depth, OtlpValue& value) {
    if ((field.number == 5 || field.number == 6) && depth == kOtlpValueDepthMax) {
      value = too_deep_value();
      return true;
    }
    switch (field.number) {
      case 1:
        value = {OtlpValue::Type::text, repaired_utf8(field.bytes)};
        return true;
      case 5:
        return read_list(field.bytes, depth, value);
      case 6: {
        OtlpAttributes members;
        if (!each_field(field.bytes,
                        [&](const WireField& f) { return !f.is(1, WireType::bytes) || read_attribute(f.bytes, depth + 1, members); })) {
          return false;
        }
        value = {OtlpValue::Type::object, {}};
        append_attributes(value.text, members);
        return true;
      }
      case 7:
        value = {OtlpValue::Type::bytes, '"' + encode_base64(field.bytes) + '"'};
        return true;
      default:
        return true;
    }
  }

  bool read_list(std::string_view message, int depth, OtlpValue& value) {
    value = {OtlpValue::Type::list, "["};
    const bool sound = each_field(message, [&](const WireField& field) {
      if (!field.is(1, WireType::bytes)) return true;
      OtlpValue element_value;
      if (!read_value(field.bytes, depth + 1, element_value)) return false;
      if (value.text.size() > 1) value.text.push_back(',');
      append_value(value.text, element_value);
      return true;
    });
    value.text.push_back(']');
    return sound;
  }

  OtlpRequest request_;
  size_t elements_ = 0;
};

}  // namespace

Result<OtlpRequest> decode_otlp_protobuf(std::string_view body) { return Decoder().decode(body); }

}  // namespace opik::codec

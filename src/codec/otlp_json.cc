#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "codec/decimal.h"
#include "codec/encode.h"
#include "codec/object_writer.h"
#include "codec/otlp_value.h"
#include "codec/slice.h"
#include "codec/validate.h"

// ExportTraceServiceRequest as JSON: protobuf's JSON mapping with the changes that OTLP makes to it. Ids are hex; base64, which
// protobuf's own printers write, is read too (lengths tell them apart). Enums are numbers or names, 64-bit integers are strings
// or numbers, members are in lowerCamelCase or as in the .proto file, null is absent, unknown members are skipped.
//
// The whole text is checked first; then its slices are walked, and the first thing that is wrong stays in error_.

namespace opik::codec {
namespace {

using base::Result;

// resource_spans -> resourceSpans, unescaped. Most names are so already; others are built in `out`.
std::string_view camel(std::string_view name, std::string& out) {
  if (name.find_first_of("_\\") == std::string_view::npos) return name;
  const std::string plain = unescape(name);
  out.clear();
  for (size_t i = 0; i < plain.size(); ++i) {
    const bool joins = plain[i] == '_' && i + 1 < plain.size() && plain[i + 1] >= 'a' && plain[i + 1] <= 'z';
    out.push_back(joins ? static_cast<char>(plain[++i] - 'a' + 'A') : plain[i]);
  }
  return out;
}

std::string_view unquoted(std::string_view value) { return type_of(value) == JsonType::string ? value.substr(1, value.size() - 2) : value; }

template <class Integer>
std::optional<Integer> parse_integer(std::string_view text) {
  Integer value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> parse_hex(std::string_view text) {
  std::string out;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return text.size() % 2 == 0 ? std::optional(out) : std::nullopt;
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

std::optional<std::string> parse_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  uint32_t bits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const int digit = base64_digit(text[i]);
    if (digit < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if (i % 4 != 0) out.push_back(static_cast<char>(bits >> (6 - 2 * (i % 4))));
  }
  return out;
}

class Decoder {
 public:
  Result<OtlpRequest> decode(std::string_view body) {
    const JsonCheck check = check_json(body);
    if (!check.ok()) return broken_otlp(fmt::format("the body is not JSON: at byte {}: expected {}", check.at, check.error));
    if (!valid_utf8(body)) return broken_otlp("the body is not UTF-8");
    size_t begin = 0;
    skip_space(body, begin);
    members("the body", body.substr(begin, check.end - begin), [&](std::string_view name, std::string_view value) {
      if (name == "resourceSpans") elements(name, value, [&](std::string_view item) { resource_spans(item); });
    });
    if (error_) return *std::move(error_);
    return std::move(request_);
  }

 private:
  void fail(std::string_view name, std::string_view value, std::string_view wanted) {
    if (!error_) error_ = broken_otlp(fmt::format("{}: found {}, expected {}", name, describe(value), wanted));
  }
  // Counts something that takes memory.
  bool element() {
    if (++elements_ > kOtlpElementsMax && !error_) error_ = oversized_otlp();
    return !error_;
  }

  // Visits the members of `value` that are not null, by their names in camel case.
  template <class Visit>
  void members(std::string_view what, std::string_view value, Visit&& visit) {
    if (type_of(value) != JsonType::object) return fail(what, value, "an object");
    std::string built;
    each_member(value, [&](std::string_view name, std::string_view member) {
      if (!error_ && member != "null") visit(camel(name, built), member);
    });
  }
  template <class Visit>
  void elements(std::string_view what, std::string_view value, Visit&& visit) {
    if (type_of(value) != JsonType::array) return fail(what, value, "an array");
    each_element(value, [&](std::string_view item) {
      if (!error_) visit(item);
    });
  }

  std::string text(std::string_view what, std::string_view value) {
    if (type_of(value) != JsonType::string) return fail(what, value, "a string"), std::string();
    return unescape(unquoted(value));
  }
  template <class Integer>
  Integer integer(std::string_view what, std::string_view value) {
    const std::string_view digits = unquoted(value);
    if (const std::optional<Integer> exact = parse_integer<Integer>(digits)) return *exact;
    // 1.7e18, 3.0
    const std::optional<double> real = parse_double(digits);
    constexpr double kLimit = 18'446'744'073'709'551'616.0;  // 2^64
    const double min = std::is_signed_v<Integer> ? -kLimit / 2 : 0;
    const double max = std::is_signed_v<Integer> ? kLimit / 2 : kLimit;
    if (real && *real >= min && *real < max && *real == static_cast<double>(static_cast<Integer>(*real)))
      return static_cast<Integer>(*real);
    return fail(what, value, "an integer"), Integer{0};
  }
  // `names` from 0 on.
  template <size_t Count>
  uint64_t enumerated(std::string_view what, std::string_view value, const std::array<std::string_view, Count>& names) {
    for (size_t i = 0; i < Count; ++i) {
      if (unquoted(value) == names[i]) return i;
    }
    return integer<uint64_t>(what, value);
  }
  // The bytes; what is no id of any length becomes one that the checks of the span reject.
  std::string id(std::string_view what, std::string_view value) {
    if (type_of(value) != JsonType::string) return fail(what, value, "an id in hex"), std::string();
    const std::string_view digits = unquoted(value);
    const bool base64 = (digits.size() == 24 && digits.ends_with("==")) || (digits.size() == 12 && digits.ends_with('='));
    const std::optional<std::string> bytes = base64 ? parse_base64(digits) : parse_hex(digits);
    return bytes ? *bytes : std::string("?");
  }

  void resource_spans(std::string_view item) {
    if (!element()) return;
    const size_t resource = request_.resources.size();
    request_.resources.emplace_back();
    members("resourceSpans", item, [&](std::string_view name, std::string_view value) {
      if (name == "scopeSpans") elements(name, value, [&](std::string_view scope) { scope_spans(scope, resource); });
      if (name != "resource") return;
      members(name, value, [&](std::string_view inner, std::string_view list) {
        if (inner == "attributes") attributes(list, 0, request_.resources[resource]);
      });
    });
  }

  void scope_spans(std::string_view item, size_t resource) {
    if (!element()) return;
    const size_t scope = request_.scopes.size();
    request_.scopes.emplace_back().resource = resource;
    members("scopeSpans", item, [&](std::string_view name, std::string_view value) {
      if (name == "spans") elements(name, value, [&](std::string_view span) { read_span(span, scope); });
      if (name == "scope") read_scope(value, request_.scopes[scope]);
    });
  }

  void read_scope(std::string_view object, OtlpScope& scope) {
    members("scope", object, [&](std::string_view name, std::string_view value) {
      if (name == "name") scope.name = text(name, value);
      if (name == "version") scope.version = text(name, value);
      if (name == "attributes") attributes(value, 0, scope.attributes);
    });
  }

  void read_span(std::string_view object, size_t scope) {
    if (request_.spans.size() == kOtlpSpansMax) {
      ++request_.spans_beyond_limit;
      return;
    }
    OtlpSpan& span = request_.spans.emplace_back();
    span.scope = scope;
    members("span", object, [&](std::string_view name, std::string_view value) {
      if (!read_scalar(name, value, span)) read_nested(name, value, span);
    });
  }

  bool read_scalar(std::string_view name, std::string_view value, OtlpSpan& span) {
    static constexpr std::array<std::string_view, 6> kKinds{"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER",
                                                            "SPAN_KIND_CLIENT",      "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"};
    if (name == "traceId") return span.trace_id = id(name, value), true;
    if (name == "spanId") return span.span_id = id(name, value), true;
    if (name == "parentSpanId") return span.parent_span_id = id(name, value), true;
    if (name == "traceState") return span.trace_state = text(name, value), true;
    if (name == "name") return span.name = text(name, value), true;
    if (name == "kind") return span.kind = enumerated(name, value, kKinds), true;
    if (name == "startTimeUnixNano") return span.start_ns = integer<uint64_t>(name, value), true;
    if (name == "endTimeUnixNano") return span.end_ns = integer<uint64_t>(name, value), true;
    const bool counts_dropped = name == "droppedAttributesCount" || name == "droppedEventsCount" || name == "droppedLinksCount";
    if (counts_dropped) span.dropped += static_cast<uint32_t>(integer<uint64_t>(name, value));
    return counts_dropped;
  }

  void read_nested(std::string_view name, std::string_view value, OtlpSpan& span) {
    if (name == "attributes") attributes(value, 0, span.attributes);
    if (name == "status") read_status(value, span);
    if (name == "events") {
      elements(name, value, [&](std::string_view event) {
        if (element()) read_event(event, span.events.emplace_back());
      });
    }
    if (name == "links") {
      elements(name, value, [&](std::string_view link) {
        if (element()) read_link(link, span.links.emplace_back());
      });
    }
  }

  void read_status(std::string_view object, OtlpSpan& span) {
    static constexpr std::array<std::string_view, 3> kCodes{"STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"};
    members("status", object, [&](std::string_view name, std::string_view value) {
      if (name == "code") span.status = enumerated(name, value, kCodes);
      if (name == "message") span.status_message = text(name, value);
    });
  }

  void read_event(std::string_view object, OtlpEvent& event) {
    members("event", object, [&](std::string_view name, std::string_view value) {
      if (name == "timeUnixNano") event.time_ns = integer<uint64_t>(name, value);
      if (name == "name") event.name = text(name, value);
      if (name == "attributes") attributes(value, 0, event.attributes);
    });
  }

  void read_link(std::string_view object, OtlpLink& link) {
    members("link", object, [&](std::string_view name, std::string_view value) {
      if (name == "traceId") link.trace_id = id(name, value);
      if (name == "spanId") link.span_id = id(name, value);
      if (name == "traceState") link.trace_state = text(name, value);
      if (name == "attributes") attributes(value, 0, link.attributes);
    });
  }

  void attributes(std::string_view list, int depth, OtlpAttributes& into) {
    elements("attributes", list, [&](std::string_view item) {
      if (!element()) return;
      OtlpAttribute& attribute = into.emplace_back();
      members("attribute", item, [&](std::string_view name, std::string_view value) {
        if (name == "key") attribute.key = text(name, value);
        if (name == "value") read_value(value, depth, attribute.value);
      });
    });
  }

  void read_value(std::string_view object, int depth, OtlpValue& into) {
    members("value", object, [&](std::string_view name, std::string_view value) {
      if (name == "stringValue") into = {OtlpValue::Type::text, text(name, value)};
      if (name == "boolValue") into = {OtlpValue::Type::boolean, unquoted(value) == "true" ? "true" : "false"};
      if (name == "intValue") into = {OtlpValue::Type::number, fmt::to_string(integer<int64_t>(name, value))};
      if (name == "doubleValue") into = read_real(name, value);
      if (name == "bytesValue") into = read_bytes(name, value);
      if (name != "arrayValue" && name != "kvlistValue") return;
      if (depth == kOtlpValueDepthMax) {
        into = too_deep_value();
      } else {
        into = name == "arrayValue" ? read_list(value, depth) : read_object(value, depth);
      }
    });
  }

  OtlpValue read_real(std::string_view name, std::string_view value) {
    const std::string_view digits = unquoted(value);
    OtlpValue real{OtlpValue::Type::number, {}};
    if (digits == "NaN" || digits == "Infinity" || digits == "-Infinity") {
      append_string(real.text, digits);
    } else if (const std::optional<double> number = parse_double(digits)) {
      append_real(real.text, *number);
    } else {
      fail(name, value, "a number");
    }
    return real;
  }

  OtlpValue read_bytes(std::string_view name, std::string_view value) {
    const std::optional<std::string> bytes = parse_base64(text(name, value));
    if (!bytes) fail(name, value, "base64");
    return {OtlpValue::Type::bytes, '"' + encode_base64(bytes.value_or("")) + '"'};
  }

  OtlpValue read_list(std::string_view object, int depth) {
    OtlpValue list{OtlpValue::Type::list, "["};
    members("arrayValue", object, [&](std::string_view name, std::string_view value) {
      if (name != "values") return;
      elements(name, value, [&](std::string_view item) {
        OtlpValue element_value;
        read_value(item, depth + 1, element_value);
        if (list.text.size() > 1) list.text.push_back(',');
        append_value(list.text, element_value);
      });
    });
    list.text.push_back(']');
    return list;
  }

  OtlpValue read_object(std::string_view object, int depth) {
    OtlpAttributes inner;
    members("kvlistValue", object, [&](std::string_view name, std::string_view value) {
      if (name == "values") attributes(value, depth + 1, inner);
    });
    OtlpValue result{OtlpValue::Type::object, {}};
    append_attributes(result.text, inner);
    return result;
  }

  OtlpRequest request_;
  size_t elements_ = 0;
  std::optional<base::Error> error_;
};

}  // namespace

Result<OtlpRequest> decode_otlp_json(std::string_view body) { return Decoder().decode(body); }

}  // namespace opik::codec

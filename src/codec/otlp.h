#pragma once
// OpenTelemetry's trace protocol (OTLP) -> model: an ExportTraceServiceRequest, as protobuf or as JSON, becomes messages about
// traces and spans.
//
//   auto request = decode_otlp(OtlpForm::protobuf, body);          // bytes -> what they say
//   auto traces = otlp_traces(*request, project);                  // which traces, and an id for each
//   ... the caller replaces each id by the one that is stored for the trace, or stores this one (see OtlpTrace) ...
//   OtlpMessages messages = otlp_messages(*request, project, traces);
//   ... store them, answer encode_otlp_answer(form, messages) ...
//
// What becomes what: otlp_rules.h (attributes) and otlp_span.h (the rest). Text that is not UTF-8 is repaired, not refused.
// All functions are pure and thread-safe.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "model/message.h"

namespace opik::codec {

enum class OtlpForm : uint8_t { protobuf, json };

inline constexpr size_t kOtlpSpansMax = 20'000;         // spans of a request: more than twice what collectors send at once
inline constexpr size_t kOtlpElementsMax = 1'000'000;   // attributes, events, links, scopes of a request: bounds memory
inline constexpr int kOtlpValueDepthMax = 32;           // nesting of an attribute's value; what is deeper is left out, visibly
inline constexpr size_t kOtlpOriginBytesMax = 4 << 10;  // resource and scope, each, in the metadata of every span of theirs

// An attribute's value. `text` is the text of a text, and JSON of everything else (bytes: base64 in quotes).
struct OtlpValue {
  enum class Type : uint8_t { null, text, boolean, number, list, object, bytes };

  Type type = Type::null;
  std::string text;
};

struct OtlpAttribute {
  std::string key;
  OtlpValue value;
};
using OtlpAttributes = std::vector<OtlpAttribute>;

struct OtlpEvent {
  uint64_t time_ns = 0;
  std::string name;
  OtlpAttributes attributes;
};

struct OtlpLink {
  std::string trace_id;  // raw bytes, as in a span
  std::string span_id;
  std::string trace_state;
  OtlpAttributes attributes;
};

struct OtlpScope {
  std::string name;
  std::string version;
  OtlpAttributes attributes;
  size_t resource = 0;
};

struct OtlpSpan {
  std::string trace_id;        // raw bytes; 16 if valid
  std::string span_id;         // raw bytes; 8 if valid
  std::string parent_span_id;  // empty: a root
  std::string trace_state;
  std::string name;
  uint64_t kind = 0;
  uint64_t start_ns = 0;
  uint64_t end_ns = 0;
  uint64_t status = 0;
  std::string status_message;
  OtlpAttributes attributes;
  std::vector<OtlpEvent> events;
  std::vector<OtlpLink> links;
  uint64_t dropped = 0;  // attributes, events and links that the client left out
  size_t scope = 0;
};

struct OtlpRequest {
  std::vector<OtlpAttributes> resources;
  std::vector<OtlpScope> scopes;
  std::vector<OtlpSpan> spans;
  size_t spans_beyond_limit = 0;  // left out
};

//   errors   Code::malformed: not such a request; Code::unprocessable: beyond kOtlpElementsMax
base::Result<OtlpRequest> decode_otlp(OtlpForm form, std::string_view body);

// A trace in Opik has an id with a time in it, a trace in OTLP has not, and its spans come in any order over any time. So the
// id is made from the first batch that is seen, and whoever stores traces keeps, for each workspace, project and OTLP trace id,
// the id that was made first; later batches get that one. Everything else follows from that id: a span's id is a function of
// it and the OTLP span id. Only an OTLP trace id that is a UUIDv7 needs no memory: it is the trace's id.
struct OtlpTrace {
  std::string otlp_id;     // 16 bytes
  base::Uuid id;           // UUIDv7 of the time of the earliest span in this request
  bool permanent = false;  // `id` is the OTLP id itself: nothing is to be looked up or stored
};

// The traces of a request, each once, in order of appearance. Spans that otlp_messages() will reject do not count.
std::vector<OtlpTrace> otlp_traces(const OtlpRequest& request, std::string_view project_name);

struct OtlpMessages {
  std::vector<model::Message> traces;  // snapshots of roots; patches that keep a trace whose root has not come, or name its thread
  std::vector<model::Message> spans;   // snapshots
  size_t rejected = 0;                 // spans
  std::string reasons;                 // why, for people
};

// All messages carry their span's end as stamp: an exporter that repeats itself changes nothing, whatever came between.
//   traces   as otlp_traces() gave them, with ids that are stored
OtlpMessages otlp_messages(const OtlpRequest& request, std::string_view project_name, const std::vector<OtlpTrace>& traces);

// An ExportTraceServiceResponse; with partial_success if spans were rejected.
std::string encode_otlp_answer(OtlpForm form, const OtlpMessages& messages);
// A google.rpc.Status, the body of a failure. `code` is one of gRPC's.
std::string encode_otlp_failure(OtlpForm form, int code, std::string_view message);

}  // namespace opik::codec

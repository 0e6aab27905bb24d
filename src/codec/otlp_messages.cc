#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <map>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>
#include <xxhash.h>

#include "codec/content_hash.h"
#include "codec/decode.h"
#include "codec/otlp.h"
#include "codec/otlp_span.h"
#include "model/limits.h"

// OTLP spans -> messages. Every span becomes a snapshot of a span; a root becomes a snapshot of its trace too. What other spans
// know of the trace is a patch: its thread, and that it exists, so that a trace whose root is late (or never comes) is listed.
//
// Stamps make the outcome the same whatever the order of batches: a message's stamp is the end of its span, a patch's that of the
// latest span that it speaks for. A root's thread is said by patch too, for a patch lies on top of the first create.

namespace opik::codec {
namespace {

using base::Uuid;
using model::Field;
using model::Kind;
using model::Message;

constexpr size_t kTraceIdBytes = 16;
constexpr size_t kSpanIdBytes = 8;
constexpr uint64_t kMillisecondNs = 1'000'000;
constexpr int64_t kDayMs = 86'400'000;
constexpr std::string_view kSource = "sdk";

bool is_zero(std::string_view bytes) { return bytes.find_first_not_of('\0') == std::string_view::npos; }
bool is_root(const OtlpSpan& span) { return is_zero(span.parent_span_id); }

// Why a span cannot be kept; null if it can.
const char* fault(const OtlpSpan& span) {
  if (span.trace_id.size() != kTraceIdBytes || is_zero(span.trace_id)) return "the trace id must be 16 bytes that are not all zero";
  if (span.span_id.size() != kSpanIdBytes || is_zero(span.span_id)) return "the span id must be 8 bytes that are not all zero";
  if (!is_root(span) && span.parent_span_id.size() != kSpanIdBytes) return "the parent span id must be 8 bytes";
  if (span.start_ns == 0 || span.start_ns >= static_cast<uint64_t>(model::kTimeMaxNs))
    return "the start must be after 1970 and before 2262";
  if (span.end_ns >= static_cast<uint64_t>(model::kTimeMaxNs)) return "the end must be before 2262";
  return nullptr;
}

int64_t stamp_us(const OtlpSpan& span) { return static_cast<int64_t>(std::max(span.start_ns, span.end_ns) / 1000); }

// Version 7: the time, and 74 bits of a hash.
Uuid uuid_of(int64_t ms, std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) {
    text += std::to_string(part.size());
    text += ':';
    text += part;
  }
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), canonical.digest, bytes.size());
  for (size_t i = 0; i < 6; ++i) bytes[i] = static_cast<uint8_t>(ms >> (40 - 8 * i));
  bytes[6] = static_cast<uint8_t>(0x70 | (bytes[6] & 0x0f));
  bytes[8] = static_cast<uint8_t>(0x80 | (bytes[8] & 0x3f));
  return Uuid{bytes};
}

// Project names that differ in case alone are one project.
std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// Whether an OTLP trace id is the id of a trace of Opik's that was handed on to OpenTelemetry (in a traceparent header): a
// UUIDv7 of about the time of its span. One random id in 10^8 looks like that, and comes to no harm.
bool is_opik_id(const Uuid& id, int64_t start_ms) {
  const bool is_uuid = id.version() == 7 && (static_cast<uint8_t>(id.bytes()[8]) & 0xc0) == 0x80;
  return is_uuid && std::abs(id.time_ms() - start_ms) <= kDayMs;
}

struct Entry {
  const OtlpSpan* span;
  const OtlpTrace* trace;
  MappedSpan mapped;
};

class Translator {
 public:
  Translator(const OtlpRequest& request, std::string_view project_name, const std::vector<OtlpTrace>& traces)
      : request_(request), project_name_(project_name) {
    for (const OtlpTrace& trace : traces) traces_.emplace(trace.otlp_id, &trace);
  }

  OtlpMessages translate() {
    map_spans();
    count_once();
    for (Entry& entry : entries_) {
      out_.spans.push_back(span_message(entry));
      if (is_root(*entry.span)) out_.traces.push_back(trace_message(entry));
      note_for_trace(entry);
      entry.mapped = {};  // its texts are in the messages now
    }
    for (const auto& [trace, note] : notes_) {
      if (!note.has_root || !note.thread_id.empty()) out_.traces.push_back(patch_message(*trace, note));
    }
    return std::move(out_);
  }

 private:
  // What the spans of one trace know of it.
  struct Note {
    bool has_root = false;
    std::string thread_id;
    int64_t thread_stamp_us = 0;
    int64_t stamp_us = 0;
  };

  void map_spans() {
    std::vector<OtlpOrigin> origins;
    for (const OtlpScope& scope : request_.scopes) origins.push_back(otlp_origin(request_, scope));
    std::map<std::string_view, size_t> faults;
    for (const OtlpSpan& span : request_.spans) {
      const auto trace = traces_.find(span.trace_id);
      const char* reason = fault(span);
      if (reason == nullptr && trace == traces_.end()) reason = "its trace has no id";
      if (reason != nullptr) {
        ++faults[reason];
        continue;
      }
      entries_.push_back({&span, trace->second, map_otlp_span(span, origins[span.scope])});
    }
    if (request_.spans_beyond_limit > 0) faults["a request may hold 20000 spans"] = request_.spans_beyond_limit;
    static_assert(kOtlpSpansMax == 20'000);
    for (const auto& [reason, count] : faults) {
      out_.rejected += count;
      if (!out_.reasons.empty()) out_.reasons += "; ";
      out_.reasons += fmt::format("{} span{}: {}", count, count == 1 ? "" : "s", reason);
    }
  }

  // Frameworks report the tokens of a call on the call and again on what contains it: of a span and its ancestors in this
  // request the innermost counts.
  void count_once() {
    std::map<std::pair<std::string_view, std::string_view>, size_t> by_id;
    for (size_t i = 0; i < entries_.size(); ++i) by_id[{entries_[i].span->trace_id, entries_[i].span->span_id}] = i;
    std::vector<bool> contains_counted(entries_.size(), false);
    for (const Entry& entry : entries_) {
      if (!entry.mapped.is_counted()) continue;
      const OtlpSpan* span = entry.span;
      while (!is_root(*span)) {
        const auto parent = by_id.find({span->trace_id, span->parent_span_id});
        if (parent == by_id.end() || contains_counted[parent->second]) break;  // ends in a ring of parents too
        contains_counted[parent->second] = true;
        span = entries_[parent->second].span;
      }
    }
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (contains_counted[i] && entries_[i].mapped.is_counted()) entries_[i].mapped.uncount();
    }
  }

  static Uuid span_id(const OtlpTrace& trace, std::string_view otlp_span_id) {
    return uuid_of(trace.id.time_ms(), {"span", trace.id.bytes(), otlp_span_id});
  }

  Message message(Kind kind, Message::Form form, const Uuid& id, int64_t at_us) const {
    Message message;
    message.kind = kind;
    message.form = form;
    message.id = id;
    message.moment = model::Moment::stamped(at_us, 0);
    message.project_name = project_name_;
    message.fields[Field::source] = std::string(kSource);
    return message;
  }

  static void set(Message& message, Field field, std::string_view text) {
    if (!text.empty()) message.fields[field] = std::string(text);
  }

  Message snapshot(Kind kind, const Uuid& id, const Entry& entry) const {
    const OtlpSpan& span = *entry.span;
    Message out = message(kind, Message::Form::snapshot, id, stamp_us(span));
    set(out, Field::name, span.name);
    out.fields[Field::start_time] = static_cast<int64_t>(span.start_ns);
    if (span.end_ns != 0) out.fields[Field::end_time] = static_cast<int64_t>(span.end_ns);
    set(out, Field::input, json_object(entry.mapped.input));
    set(out, Field::output, json_object(entry.mapped.output));
    set(out, Field::metadata, json_object(entry.mapped.metadata));
    set(out, Field::error_info, entry.mapped.error_info);
    if (!entry.mapped.tags.empty()) out.fields[Field::tags] = print_tags(entry.mapped.tags);
    return out;
  }

  Message span_message(const Entry& entry) const {
    Message out = snapshot(Kind::span, span_id(*entry.trace, entry.span->span_id), entry);
    out.fields[Field::trace_id] = std::string(entry.trace->id.bytes());
    if (!is_root(*entry.span)) out.fields[Field::parent_span_id] = std::string(span_id(*entry.trace, entry.span->parent_span_id).bytes());
    set(out, Field::type, entry.mapped.type);
    set(out, Field::model, entry.mapped.model);
    set(out, Field::provider, entry.mapped.provider);
    if (!entry.mapped.usage.empty()) out.fields[Field::usage] = usage_json(entry.mapped.usage);
    if (entry.mapped.cost) out.fields[Field::cost] = *entry.mapped.cost;
    out.content_hash = hash_content(out);
    return out;
  }

  Message trace_message(const Entry& entry) const {
    Message out = snapshot(Kind::trace, entry.trace->id, entry);
    set(out, Field::thread_id, entry.mapped.thread_id);
    out.content_hash = hash_content(out);
    return out;
  }

  void note_for_trace(const Entry& entry) {
    Note& note = notes_[entry.trace];
    const int64_t at_us = stamp_us(*entry.span);
    const std::string& thread_id = entry.mapped.thread_id;
    note.has_root = note.has_root || is_root(*entry.span);
    note.stamp_us = std::max(note.stamp_us, at_us);
    if (!thread_id.empty() && std::tie(at_us, thread_id) > std::tie(note.thread_stamp_us, note.thread_id)) {
      note.thread_stamp_us = at_us;
      note.thread_id = thread_id;
    }
  }

  Message patch_message(const OtlpTrace& trace, const Note& note) const {
    const int64_t at_us = note.thread_id.empty() ? note.stamp_us : note.thread_stamp_us;
    Message out = message(Kind::trace, Message::Form::patch, trace.id, at_us);
    set(out, Field::thread_id, note.thread_id);
    return out;
  }

  const OtlpRequest& request_;
  const std::string project_name_;
  std::unordered_map<std::string_view, const OtlpTrace*> traces_;
  std::vector<Entry> entries_;
  std::map<const OtlpTrace*, Note> notes_;  // of one vector: in its order
  OtlpMessages out_;
};

}  // namespace

std::vector<OtlpTrace> otlp_traces(const OtlpRequest& request, std::string_view project_name) {
  std::unordered_map<std::string_view, size_t> by_id;
  std::vector<std::pair<std::string_view, uint64_t>> starts;  // OTLP trace id, earliest start
  for (const OtlpSpan& span : request.spans) {
    if (fault(span) != nullptr) continue;
    const auto [found, is_new] = by_id.emplace(span.trace_id, starts.size());
    if (is_new) starts.emplace_back(span.trace_id, span.start_ns);
    uint64_t& start = starts[found->second].second;
    start = std::min(start, span.start_ns);
  }
  const std::string project = lower(project_name);
  std::vector<OtlpTrace> traces;
  for (const auto& [otlp_id, start_ns] : starts) {
    const auto start_ms = static_cast<int64_t>(start_ns / kMillisecondNs);
    const Uuid as_it_is = *Uuid::from_bytes(otlp_id);
    const bool permanent = is_opik_id(as_it_is, start_ms);
    traces.push_back({std::string(otlp_id), permanent ? as_it_is : uuid_of(start_ms, {"trace", project, otlp_id}), permanent});
  }
  return traces;
}

OtlpMessages otlp_messages(const OtlpRequest& request, std::string_view project_name, const std::vector<OtlpTrace>& traces) {
  return Translator(request, project_name, traces).translate();
}

}  // namespace opik::codec

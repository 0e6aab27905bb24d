#pragma once
// Trace and Span: handles to what was logged. Small values: copy them, keep them, use them from any thread; when two threads write
// to one span, what happened before (in the sense of the language) is merged before. A default handle, and one of a trace that is
// not sampled, records nothing. They stay usable after their Client; what is logged then is rejected and counted.
//
// Every call is noexcept, does no IO and takes no lock: it copies its argument to a buffer of the thread.

#include <string>
#include <string_view>

#include "opik/data.h"
#include "opik/export.h"
#include "opik/id.h"

namespace opik {

class Context;

namespace detail {
struct Channel;  // of one server and project; lives as long as the process
struct HandleAccess;
}  // namespace detail

// What another process needs to continue a trace: as headers, or as W3C Trace Context.
struct DistributedHeaders {
  std::string opik_trace_id;
  std::string opik_parent_span_id;  // empty: directly below the trace

  // "00-<trace id>-<half of the span id>-01", and the "opik=…" member of tracestate that carries the other half.
  std::string traceparent() const;
  std::string tracestate() const;
};

class OPIK_API Span {
 public:
  Span() noexcept = default;

  Id id() const noexcept { return id_; }
  Id trace_id() const noexcept { return trace_id_; }
  Id parent_span_id() const noexcept { return parent_span_id_; }  // not set: directly below the trace
  explicit operator bool() const noexcept { return channel_ != nullptr; }

  Span span(const SpanData& data = {}) const noexcept;  // begins a child
  void update(const SpanData& data) const noexcept;     // its set members replace; its ids are ignored
  void end(const SpanData& data = {}) const noexcept;   // an update that also sets end_time
  void set_input(const Value& value) const noexcept;
  void set_output(const Value& value) const noexcept;
  void log_feedback_score(std::string_view name, double value, const ScoreDetail& detail = {}) const noexcept;
  void attach(const Attachment& attachment) const noexcept;
  DistributedHeaders distributed_headers() const;

 private:
  friend struct detail::HandleAccess;
  detail::Channel* channel_ = nullptr;
  Id id_;
  Id trace_id_;
  Id parent_span_id_;
};

class OPIK_API Trace {
 public:
  Trace() noexcept = default;

  Id id() const noexcept { return id_; }
  explicit operator bool() const noexcept { return channel_ != nullptr; }

  Span span(const SpanData& data = {}) const noexcept;
  void update(const TraceData& data) const noexcept;
  void end(const TraceData& data = {}) const noexcept;
  void set_input(const Value& value) const noexcept;
  void set_output(const Value& value) const noexcept;
  void log_feedback_score(std::string_view name, double value, const ScoreDetail& detail = {}) const noexcept;
  void attach(const Attachment& attachment) const noexcept;
  DistributedHeaders distributed_headers() const;

 private:
  friend struct detail::HandleAccess;
  detail::Channel* channel_ = nullptr;
  Id id_;
};

}  // namespace opik

#pragma once
// The traced thread's side: arguments become calls on its tape. Nothing here throws, waits or touches what other threads write.

#include <opik/context.h>
#include <opik/data.h>
#include <opik/handles.h>

#include "sdk/core.h"

namespace opik::detail {

// What the SDK sees of handles and programs do not.
struct HandleAccess {
  static Channel* channel(const Trace& trace) { return trace.channel_; }
  static Channel* channel(const Span& span) { return span.channel_; }
  static Channel* channel(const Client& client) { return client.channel_; }

  static Trace trace(Channel* channel, const Id& id) {
    Trace trace;
    trace.channel_ = channel;
    trace.id_ = id;
    return trace;
  }
  static Span span(Channel* channel, const Id& trace_id, const Id& parent_id, const Id& id) {
    Span span;
    span.channel_ = channel;
    span.trace_id_ = trace_id;
    span.parent_span_id_ = parent_id;
    span.id_ = id;
    return span;
  }
  static Context context(const Trace& trace, const Span& span, bool span_is_root) {
    Context context;
    context.trace_ = trace;
    context.span_ = span;
    context.span_is_root_ = span_is_root;
    return context;
  }
  static bool span_is_root(const Context& context) { return context.span_is_root_; }
};

}  // namespace opik::detail

namespace opik::sdk {

using detail::Channel;
using detail::HandleAccess;

struct Place {
  Channel* channel = nullptr;
  Id trace_id;
  Id parent_id;  // not set: directly below the trace
};

Trace begin_trace(Channel* channel, const TraceData& data) noexcept;
Span begin_span(const Place& place, const SpanData& data) noexcept;
void update_trace(const Trace& trace, const TraceData& data, Op op, Method method) noexcept;
void update_span(const Span& span, const SpanData& data, Op op, Method method) noexcept;
void log_score(Channel* channel, Kind kind, const Score& score) noexcept;
void log_attachment(Channel* channel, bool is_span, const Id& id, const Attachment& attachment) noexcept;
void refuse(Channel* channel, const Id& id, std::string_view reason) noexcept;

// Whether the trace is recorded: decided by its id, so that every process decides alike.
bool is_sampled(const Channel* channel, const Id& trace_id) noexcept;

base::Uuid uuid_of(const Id& id) noexcept;

}  // namespace opik::sdk

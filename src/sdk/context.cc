#include <opik/context.h>
#include <opik/coroutine.h>

#include <exception>

#include "sdk/emit.h"

namespace opik {
namespace {

using sdk::Channel;
using sdk::HandleAccess;

constexpr ErrorInfo kUnwound{"exception", "the scope was left by an exception", {}};

Channel* channel_of(const Client* client) { return HandleAccess::channel(client != nullptr ? *client : global_client()); }

Context exchange(const Context& context) noexcept {
  const Context previous = sdk::thread_state.context;
  sdk::thread_state.context = context;
  return previous;
}

// 2 hex digits a byte, lower case; false if that is not what stands there.
bool read_hex(std::string_view text, uint8_t* to) {
  for (size_t i = 0; i < text.size(); i += 2) {
    uint8_t byte = 0;
    for (const char c : {text[i], text[i + 1]}) {
      if (c >= '0' && c <= '9')
        byte = static_cast<uint8_t>(byte << 4 | (c - '0'));
      else if (c >= 'a' && c <= 'f')
        byte = static_cast<uint8_t>(byte << 4 | (c - 'a' + 10));
      else
        return false;
    }
    to[i / 2] = byte;
  }
  return true;
}

std::string without_dashes(std::string_view id) {
  std::string hex;
  for (const char c : id) {
    if (c != '-') hex += c;
  }
  return hex;
}

// The value of the member `opik` in "a=b, opik=c".
std::string_view opik_member(std::string_view tracestate) {
  while (!tracestate.empty()) {
    const size_t comma = tracestate.find(',');
    std::string_view member = tracestate.substr(0, comma);
    while (!member.empty() && (member.front() == ' ' || member.front() == '\t')) member.remove_prefix(1);
    while (!member.empty() && (member.back() == ' ' || member.back() == '\t')) member.remove_suffix(1);
    if (member.substr(0, 5) == "opik=") return member.substr(5);
    if (comma == std::string_view::npos) break;
    tracestate.remove_prefix(comma + 1);
  }
  return {};
}

Context remote(Channel* channel, const Id& trace_id, const Id& span_id) {
  if (channel == nullptr || !trace_id.valid() || (span_id && !span_id.valid())) return {};
  if (!sdk::is_sampled(channel, trace_id)) channel = nullptr;
  const Span span = span_id ? HandleAccess::span(channel, trace_id, {}, span_id) : Span();
  return HandleAccess::context(HandleAccess::trace(channel, trace_id), span, false);
}

}  // namespace

// --- contexts ---

Context Context::current() noexcept { return sdk::thread_state.context; }
Context Context::of(const Trace& trace) noexcept { return HandleAccess::context(trace, {}, false); }
Context Context::of(const Span& span) noexcept {
  return HandleAccess::context(HandleAccess::trace(HandleAccess::channel(span), span.trace_id()), span, false);
}

Context Context::from_headers(const DistributedHeaders& headers, const Client* client) noexcept {
  return remote(channel_of(client), headers.opik_trace_id, headers.opik_parent_span_id);
}

// traceparent := "00-" 32 hex "-" 16 hex "-" 2 hex [further versions may append]. The 16 are the last half of our span's id; the first half
// is in tracestate.
Context Context::from_traceparent(std::string_view traceparent, std::string_view tracestate, const Client* client) noexcept {
  constexpr size_t kBytes = 55;
  if (traceparent.size() < kBytes || traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') return {};
  if (traceparent.substr(0, 2) == "ff" || (traceparent.substr(0, 2) == "00" && traceparent.size() != kBytes)) return {};
  std::array<uint8_t, 16> trace;
  std::array<uint8_t, 16> span{};
  uint8_t flags;
  if (!read_hex(traceparent.substr(3, 32), trace.data()) || !read_hex(traceparent.substr(36, 16), span.data() + 8) ||
      !read_hex(traceparent.substr(53, 2), &flags))
    return {};
  const std::string_view first_half = opik_member(tracestate);
  const bool has_span = first_half.size() == 16 && read_hex(first_half, span.data());
  return remote(channel_of(client), Id(trace), has_span ? Id(span) : Id());
}

std::string DistributedHeaders::traceparent() const {
  if (opik_trace_id.empty()) return {};
  const std::string span = opik_parent_span_id.empty() ? opik_trace_id : opik_parent_span_id;
  return "00-" + without_dashes(opik_trace_id) + '-' + without_dashes(span).substr(16) + "-01";
}

std::string DistributedHeaders::tracestate() const {
  return opik_parent_span_id.empty() ? std::string() : "opik=" + without_dashes(opik_parent_span_id).substr(0, 16);
}

ContextScope::ContextScope(const Context& context) noexcept : previous_(exchange(context)) {}
ContextScope::~ContextScope() { exchange(previous_); }
Context detail::exchange_context(const Context& context) noexcept { return exchange(context); }

// --- scopes ---

SpanScope::SpanScope(const SpanData& data, const Client* client) noexcept : previous_(Context::current()) {
  mine_.exceptions = std::uncaught_exceptions();
  Trace trace = previous_.trace();
  if (!trace.id()) {
    TraceData root;
    root.name = data.name;
    root.start_time = data.start_time;
    root.input = data.input;
    root.metadata = data.metadata;
    root.tags = data.tags;
    root.project_name = data.project_name;
    trace = sdk::begin_trace(channel_of(client), root);
    mine_.made_trace = true;
  }
  mine_.trace_handle = trace;
  mine_.span_handle = sdk::begin_span({HandleAccess::channel(trace), trace.id(), previous_.span().id()}, data);
  exchange(HandleAccess::context(trace, mine_.span_handle, mine_.made_trace));
}

SpanScope::~SpanScope() {
  if (!mine_.ended) {
    SpanData data;
    if (!mine_.has_error && std::uncaught_exceptions() > mine_.exceptions) data.error_info = kUnwound;
    end(data);
  }
  exchange(previous_);
}

namespace {

// What a trace that was made for a span has of it.
TraceData mirrored(const SpanData& data) {
  TraceData root;
  root.input = data.input;
  root.output = data.output;
  root.error_info = data.error_info;
  root.end_time = data.end_time;
  return root;
}

}  // namespace

void SpanScope::update(const SpanData& data) noexcept {
  mine_.span_handle.update(data);
  if (mine_.made_trace && (!data.input.is_null() || !data.output.is_null() || !data.error_info.exception_type.empty()))
    mine_.trace_handle.update(mirrored(data));
}

void SpanScope::set_input(const Value& value) noexcept {
  SpanData data;
  data.input = value;
  update(data);
}
void SpanScope::set_output(const Value& value) noexcept {
  SpanData data;
  data.output = value;
  update(data);
}
void SpanScope::set_error(const ErrorInfo& error) noexcept {
  mine_.has_error = true;
  SpanData data;
  data.error_info = error;
  update(data);
}
void SpanScope::log_feedback_score(std::string_view name, double value, const ScoreDetail& detail) noexcept {
  mine_.span_handle.log_feedback_score(name, value, detail);
}
void SpanScope::attach(const Attachment& attachment) noexcept { mine_.span_handle.attach(attachment); }

void SpanScope::end(const SpanData& data) noexcept {
  if (mine_.ended) return;
  mine_.ended = true;
  mine_.span_handle.end(data);
  if (mine_.made_trace) mine_.trace_handle.end(mirrored(data));
}

TraceScope::TraceScope(const TraceData& data, const Client* client) noexcept
    : previous_(Context::current()), trace_(sdk::begin_trace(channel_of(client), data)), exceptions_(std::uncaught_exceptions()) {
  exchange(HandleAccess::context(trace_, {}, false));
}

TraceScope::~TraceScope() {
  if (!ended_) {
    TraceData data;
    if (!has_error_ && std::uncaught_exceptions() > exceptions_) data.error_info = kUnwound;
    end(data);
  }
  exchange(previous_);
}

void TraceScope::update(const TraceData& data) noexcept { trace_.update(data); }
void TraceScope::set_input(const Value& value) noexcept { trace_.set_input(value); }
void TraceScope::set_output(const Value& value) noexcept { trace_.set_output(value); }
void TraceScope::set_error(const ErrorInfo& error) noexcept {
  has_error_ = true;
  TraceData data;
  data.error_info = error;
  trace_.update(data);
}
void TraceScope::log_feedback_score(std::string_view name, double value, const ScoreDetail& detail) noexcept {
  trace_.log_feedback_score(name, value, detail);
}
void TraceScope::attach(const Attachment& attachment) noexcept { trace_.attach(attachment); }
void TraceScope::end(const TraceData& data) noexcept {
  if (ended_) return;
  ended_ = true;
  trace_.end(data);
}

// --- the current ones ---

Span current_span() noexcept { return sdk::thread_state.context.span(); }
Trace current_trace() noexcept { return sdk::thread_state.context.trace(); }

void update_current_span(const SpanData& data) noexcept {
  const Context& context = sdk::thread_state.context;
  context.span().update(data);
  if (HandleAccess::span_is_root(context) && (!data.input.is_null() || !data.output.is_null() || !data.error_info.exception_type.empty()))
    context.trace().update(mirrored(data));
}
void update_current_trace(const TraceData& data) noexcept { current_trace().update(data); }

DistributedHeaders distributed_headers() {
  const Context& context = sdk::thread_state.context;
  return context.span().id() ? context.span().distributed_headers() : context.trace().distributed_headers();
}

}  // namespace opik

#pragma once
// The current trace and span of a thread, and scopes that set them.
//
//   {
//     opik::SpanScope retrieve = opik::start_as_current_span({.name = "retrieve", .input = {{"query", q}}});
//     documents = search(q);                                   // spans begun in here are children of `retrieve`
//     retrieve.set_output({{"found", documents.size()}});
//   }                                                          // ended here, by return or by exception
//
// A new thread begins without a context. Hand it over:
//
//   std::thread worker(opik::Context::current().wrap([&] { … }));
//   pool.post([context = opik::Context::current()] { opik::ContextScope here{context}; … });
//
// A scope belongs to its thread and to its block: it must not cross a co_await (coroutine.h shows how).

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "opik/client.h"
#include "opik/data.h"
#include "opik/export.h"
#include "opik/handles.h"

namespace opik {

// A place in a trace. A small value.
class OPIK_API Context {
 public:
  Context() noexcept = default;  // none: what is begun in it begins a trace

  static Context current() noexcept;
  static Context of(const Trace& trace) noexcept;
  static Context of(const Span& span) noexcept;
  // Continues the trace of another process, through `client`, or the global one. None if the headers are not well-formed.
  static Context from_headers(const DistributedHeaders& headers, const Client* client = nullptr) noexcept;
  // Likewise. The ids of another kind of tracer (not UUIDv7) cannot be an Opik trace's: the context is none then.
  static Context from_traceparent(std::string_view traceparent, std::string_view tracestate, const Client* client = nullptr) noexcept;

  Trace trace() const noexcept { return trace_; }
  Span span() const noexcept { return span_; }  // the empty handle directly below the trace
  explicit operator bool() const noexcept { return static_cast<bool>(trace_); }

  // `f` as it is, but called in this context.
  template <class F>
  auto wrap(F f) const;

 private:
  friend struct detail::HandleAccess;
  Trace trace_;
  Span span_;
  bool span_is_root_ = false;  // the trace was made for the span, and gets its output too
};

// Makes `context` the thread's current one until the end of the block.
class OPIK_API ContextScope {
 public:
  explicit ContextScope(const Context& context) noexcept;
  ~ContextScope();
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;

 private:
  Context previous_;
};

template <class F>
auto Context::wrap(F f) const {
  return [context = *this, f = std::move(f)](auto&&... arguments) mutable -> decltype(auto) {
    ContextScope here(context);
    return f(std::forward<decltype(arguments)>(arguments)...);
  };
}

// A span that is current for its block. Without a current trace it makes one too, of the same name and input, and gives it the
// span's output at the end. Left by an exception, it ends with error_info (whose type only track() can tell).
class OPIK_API SpanScope {
 public:
  explicit SpanScope(const SpanData& data, const Client* client = nullptr) noexcept;
  ~SpanScope();
  SpanScope(const SpanScope&) = delete;
  SpanScope& operator=(const SpanScope&) = delete;

  void update(const SpanData& data) noexcept;
  void set_input(const Value& value) noexcept;
  void set_output(const Value& value) noexcept;
  void set_error(const ErrorInfo& error) noexcept;
  void log_feedback_score(std::string_view name, double value, const ScoreDetail& detail = {}) noexcept;
  void attach(const Attachment& attachment) noexcept;
  void end(const SpanData& data = {}) noexcept;  // before the block ends; the destructor then does nothing more

  const Span& span() const noexcept { return mine_.span_handle; }
  const Trace& trace() const noexcept { return mine_.trace_handle; }

 private:
  struct Mine {
    Trace trace_handle;
    Span span_handle;
    bool made_trace = false;
    bool has_error = false;
    bool ended = false;
    int exceptions = 0;  // in flight when it began
  };
  Context previous_;
  Mine mine_;
};

// A trace that is current for its block.
class OPIK_API TraceScope {
 public:
  explicit TraceScope(const TraceData& data, const Client* client = nullptr) noexcept;
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

  void update(const TraceData& data) noexcept;
  void set_input(const Value& value) noexcept;
  void set_output(const Value& value) noexcept;
  void set_error(const ErrorInfo& error) noexcept;
  void log_feedback_score(std::string_view name, double value, const ScoreDetail& detail = {}) noexcept;
  void attach(const Attachment& attachment) noexcept;
  void end(const TraceData& data = {}) noexcept;

  const Trace& trace() const noexcept { return trace_; }

 private:
  Context previous_;
  Trace trace_;
  bool has_error_ = false;
  bool ended_ = false;
  int exceptions_ = 0;
};

[[nodiscard]] inline SpanScope start_as_current_span(const SpanData& data, const Client* client = nullptr) noexcept {
  return SpanScope(data, client);
}
[[nodiscard]] inline TraceScope start_as_current_trace(const TraceData& data, const Client* client = nullptr) noexcept {
  return TraceScope(data, client);
}

// Of the thread. Without a current one: the empty handle, and an update does nothing.
OPIK_API Span current_span() noexcept;
OPIK_API Trace current_trace() noexcept;
OPIK_API void update_current_span(const SpanData& data) noexcept;
OPIK_API void update_current_trace(const TraceData& data) noexcept;
OPIK_API DistributedHeaders distributed_headers();

}  // namespace opik

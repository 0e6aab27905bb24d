#pragma once
// The arguments of the logging calls. They are read during the call, so the texts they point to need not live longer.
//
//   client.trace({.name = "answer", .input = {{"question", q}}, .tags = {"beta"}, .thread_id = "user-7"});       // C++20
//   client.trace(opik::TraceData{}.with_name("answer").with_input({{"question", q}}));                            // C++17
//
// Designated initialisers come in the order of declaration. A member that is not set is empty in a create, and left as it is in an
// update or an end.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "opik/export.h"
#include "opik/id.h"
#include "opik/value.h"

namespace opik {

using Time = std::chrono::system_clock::time_point;  // Time{}, 1970, stands for "not set"

enum class SpanType : uint8_t { general, tool, llm, guardrail };

// A failure: {.exception_type = "TimeoutError", .message = "after 30 s"}. Counts as set when exception_type is not empty.
struct ErrorInfo {
  std::string_view exception_type{};
  std::string_view message{};
  std::string_view traceback{};
};

struct TraceData {
  Id id{};  // make one if not set
  std::string_view name{};
  Time start_time{};  // now if not set
  Time end_time{};    // end(): now if not set
  Value input{};
  Value output{};
  Value metadata{};
  Tags tags{};
  std::optional<double> time_to_first_token_ms{};
  ErrorInfo error_info{};
  std::string_view thread_id{};     // joins the traces of one conversation
  std::string_view project_name{};  // the client's if not set; only a create may set it
  std::string_view source{};        // "sdk" if not set; Opik also knows "experiment" and "optimization"; creates only

  TraceData& with_id(const Id& v) { return id = v, *this; }
  TraceData& with_name(std::string_view v) { return name = v, *this; }
  TraceData& with_start_time(Time v) { return start_time = v, *this; }
  TraceData& with_end_time(Time v) { return end_time = v, *this; }
  TraceData& with_input(Value v) { return input = std::move(v), *this; }
  TraceData& with_output(Value v) { return output = std::move(v), *this; }
  TraceData& with_metadata(Value v) { return metadata = std::move(v), *this; }
  TraceData& with_tags(Tags v) { return tags = std::move(v), *this; }
  TraceData& with_time_to_first_token_ms(double v) { return time_to_first_token_ms = v, *this; }
  TraceData& with_error_info(const ErrorInfo& v) { return error_info = v, *this; }
  TraceData& with_thread_id(std::string_view v) { return thread_id = v, *this; }
  TraceData& with_project_name(std::string_view v) { return project_name = v, *this; }
  TraceData& with_source(std::string_view v) { return source = v, *this; }
};

struct SpanData {
  Id id{};              // make one if not set
  Id trace_id{};        // client.span() and update_span() only; otherwise the handle knows
  Id parent_span_id{};  // likewise
  std::string_view name{};
  std::optional<SpanType> type{};  // general if not set in a create
  Time start_time{};               // now if not set
  Time end_time{};                 // end(): now if not set
  Value input{};
  Value output{};
  Value metadata{};
  Tags tags{};
  std::string_view model{};
  std::string_view provider{};         // "openai", "anthropic", "google_ai", …; with model and usage the server knows the cost
  Value usage{};                       // an object of whole numbers: {{"prompt_tokens", 12}, {"completion_tokens", 34}}
  std::optional<double> total_cost{};  // in USD, if the server is not to reckon it
  std::optional<double> time_to_first_token_ms{};
  ErrorInfo error_info{};
  std::string_view project_name{};  // the trace's if not set
  std::string_view source{};        // as in TraceData

  SpanData& with_id(const Id& v) { return id = v, *this; }
  SpanData& with_trace_id(const Id& v) { return trace_id = v, *this; }
  SpanData& with_parent_span_id(const Id& v) { return parent_span_id = v, *this; }
  SpanData& with_name(std::string_view v) { return name = v, *this; }
  SpanData& with_type(SpanType v) { return type = v, *this; }
  SpanData& with_start_time(Time v) { return start_time = v, *this; }
  SpanData& with_end_time(Time v) { return end_time = v, *this; }
  SpanData& with_input(Value v) { return input = std::move(v), *this; }
  SpanData& with_output(Value v) { return output = std::move(v), *this; }
  SpanData& with_metadata(Value v) { return metadata = std::move(v), *this; }
  SpanData& with_tags(Tags v) { return tags = std::move(v), *this; }
  SpanData& with_model(std::string_view v) { return model = v, *this; }
  SpanData& with_provider(std::string_view v) { return provider = v, *this; }
  SpanData& with_usage(Value v) { return usage = std::move(v), *this; }
  SpanData& with_total_cost(double v) { return total_cost = v, *this; }
  SpanData& with_time_to_first_token_ms(double v) { return time_to_first_token_ms = v, *this; }
  SpanData& with_error_info(const ErrorInfo& v) { return error_info = v, *this; }
  SpanData& with_project_name(std::string_view v) { return project_name = v, *this; }
  SpanData& with_source(std::string_view v) { return source = v, *this; }
};

// A judgement of a trace, a span or a thread. Scoring again under the same name replaces the score.
struct Score {
  Id id{};                       // of the trace or span: log_traces_feedback_scores, log_spans_feedback_scores
  std::string_view thread_id{};  // log_threads_feedback_scores
  std::string_view name{};
  double value = 0;  // within ±999,999,999.999999999
  std::string_view category_name{};
  std::string_view reason{};
  std::string_view project_name{};  // the client's if not set
};

struct ScoreDetail {
  std::string_view category_name{};
  std::string_view reason{};
};

// A file beside a trace or span: a path, which is read when it is uploaded and must exist until then, or bytes, which are copied.
struct Attachment {
  std::string_view path{};
  std::string_view bytes{};
  std::string_view file_name{};     // the last part of path if not set
  std::string_view content_type{};  // guessed from file_name if not set
};

}  // namespace opik

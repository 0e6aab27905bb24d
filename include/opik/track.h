#pragma once
// track(name, callable) is the callable, recorded: each call is a span with the arguments as input and the result as output, and
// with error_info if it throws (which goes on to the caller).
//
//   auto answer = opik::track("answer", [&](const std::string& question) { return ask_model(question); });
//   std::string text = answer("why is the sky blue?");
//
//   void Robot::plan() { OPIK_TRACK(); … }       // a span named after the function, for the block; no input and output
//
// Arguments and results that cannot be logged (value.h) are left out: "(not logged)".

#include <functional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "opik/context.h"
#include "opik/export.h"

#if OPIK_HAS_EXCEPTIONS
#include <exception>
#endif

namespace opik {

struct TrackOptions {
  SpanType type = SpanType::general;
  bool capture_input = true;
  bool capture_output = true;
  const Client* client = nullptr;  // the global one if null; must outlive the tracked callable
};

namespace detail {
template <class T>
Value logged(const T& value) noexcept {
  using Plain = std::decay_t<T>;
  if constexpr (is_loggable<Plain>())
    return Value(value);
  else
    return Value("(not logged)");
}

// An object or array as it is, anything else as {"output": it}.
OPIK_API Value as_output(Value value) noexcept;
#if OPIK_HAS_EXCEPTIONS
// Type, message and, where the C++ runtime has it, the place of the exception that is being handled.
OPIK_API void record_exception(SpanScope& scope, std::exception_ptr exception) noexcept;
#endif

template <class F>
class Tracked {
 public:
  Tracked(std::string name, F f, const TrackOptions& options) : name_(std::move(name)), f_(std::move(f)), options_(options) {}

  template <class... A>
  std::invoke_result_t<F&, A...> operator()(A&&... arguments) {
    using R = std::invoke_result_t<F&, A...>;
    SpanData data;
    data.name = name_;
    data.type = options_.type;
    if (options_.capture_input) data.input.set("arguments", Value::array({logged(arguments)...}));
    SpanScope scope(data, options_.client);
#if OPIK_HAS_EXCEPTIONS
    try {
      return call<R>(scope, std::forward<A>(arguments)...);
    } catch (...) {
      record_exception(scope, std::current_exception());
      throw;
    }
#else
    return call<R>(scope, std::forward<A>(arguments)...);
#endif
  }

 private:
  template <class R, class... A>
  R call(SpanScope& scope, A&&... arguments) {
    if constexpr (std::is_void_v<R>) {
      std::invoke(f_, std::forward<A>(arguments)...);
    } else if constexpr (std::is_reference_v<R>) {
      R result = std::invoke(f_, std::forward<A>(arguments)...);
      if (options_.capture_output) scope.set_output(as_output(logged(result)));
      return static_cast<R>(result);
    } else {
      R result = std::invoke(f_, std::forward<A>(arguments)...);
      if (options_.capture_output) scope.set_output(as_output(logged(result)));
      return result;
    }
  }

  std::string name_;
  F f_;
  TrackOptions options_;
};
}  // namespace detail

template <class F>
auto track(std::string name, F&& callable, const TrackOptions& options = {}) {
  return detail::Tracked<std::decay_t<F>>(std::move(name), std::forward<F>(callable), options);
}

}  // namespace opik

#define OPIK_JOIN_(a, b) a##b
#define OPIK_JOIN(a, b) OPIK_JOIN_(a, b)
#define OPIK_TRACK_AS(name_) \
  const ::opik::SpanScope OPIK_JOIN(opik_scope_, __LINE__) { ::opik::SpanData{}.with_name(name_) }
#define OPIK_TRACK() OPIK_TRACK_AS(__func__)

#pragma once
// Contexts in coroutines (C++20). A coroutine may leave its thread at every co_await and come back on another, so a thread's context
// must be taken off before and put on after. A CoroutineScope does that:
//
//   Task<std::string> answer(std::string question, opik::Context context) {
//     opik::CoroutineScope scope{context};
//     auto span = opik::start_as_current_span({.name = "answer"});
//     std::string found = co_await scope(retrieve(question));        // every co_await goes through the scope
//     co_return co_await scope(generate(found));
//   }                                                                  // scopes end on the thread that runs this
//
// The scope must be the first of the coroutine's variables that touches the context. Without it, use handles: they do not care.

#if defined(__cpp_impl_coroutine)

#include <coroutine>
#include <type_traits>
#include <utility>

#include "opik/context.h"

namespace opik {

namespace detail {
OPIK_API Context exchange_context(const Context& context) noexcept;

template <class A>
decltype(auto) awaiter_of(A&& awaitable) {
  if constexpr (requires { std::forward<A>(awaitable).operator co_await(); }) {
    return std::forward<A>(awaitable).operator co_await();
  } else if constexpr (requires { operator co_await(std::forward<A>(awaitable)); }) {
    return operator co_await(std::forward<A>(awaitable));
  } else {
    return std::forward<A>(awaitable);
  }
}
}  // namespace detail

class CoroutineScope {
 public:
  explicit CoroutineScope(const Context& context) noexcept : outer_(detail::exchange_context(context)) {}
  ~CoroutineScope() { detail::exchange_context(outer_); }
  CoroutineScope(const CoroutineScope&) = delete;
  CoroutineScope& operator=(const CoroutineScope&) = delete;

  template <class A>
  auto operator()(A&& awaitable) {
    return Awaiter<A>{*this, std::forward<A>(awaitable)};
  }

 private:
  // The awaitable is held by value if it came as one, so that its awaiter may refer to it.
  template <class A>
  struct Awaiter {
    CoroutineScope& scope;
    A awaitable;
    decltype(detail::awaiter_of(std::declval<A>())) inner = detail::awaiter_of(static_cast<A&&>(awaitable));
    bool suspended = false;

    bool await_ready() { return inner.await_ready(); }
    template <class P>
    auto await_suspend(std::coroutine_handle<P> handle) {
      // Before the inner call, for the coroutine may be resumed on another thread, and even be over, when that returns.
      suspended = true;
      scope.mine_ = detail::exchange_context(scope.outer_);
      return inner.await_suspend(handle);
    }
    decltype(auto) await_resume() {
      if (suspended) scope.outer_ = detail::exchange_context(scope.mine_);
      return inner.await_resume();
    }
  };

  Context outer_;  // the thread's own, between two suspensions
  Context mine_;   // the coroutine's, while it is suspended
};

}  // namespace opik

#endif

// Goal: a coroutine's context goes with it from thread to thread, and leaves none behind on the threads that it used.
// Method: a coroutine that goes on on a new thread after each co_await; what is current is looked at on both sides of each.
#include <opik/opik.h>

#include <gtest/gtest.h>
#include <array>
#include <coroutine>
#include <thread>

namespace opik {
namespace {

struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

// Resumes on a thread of its own, which has no context before and after.
struct Hop {
  std::thread& thread;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) {
    std::thread& own = thread;  // this is part of the coroutine, which may have ended before the assignment
    own = std::thread([coroutine] {
      EXPECT_FALSE(Context::current());
      coroutine.resume();
      EXPECT_FALSE(Context::current());
    });
  }
  int await_resume() { return 7; }
};

Task work(Context context, std::array<std::thread, 2>& threads, bool& done) {
  CoroutineScope scope{context};
  const SpanScope outer = start_as_current_span({.name = "outer"});
  EXPECT_EQ(current_trace().id(), context.trace().id());
  EXPECT_EQ(co_await scope(Hop{threads[0]}), 7);
  EXPECT_EQ(current_span().id(), outer.span().id());
  {
    const SpanScope inner = start_as_current_span({.name = "inner"});
    co_await scope(Hop{threads[1]});
    EXPECT_EQ(current_span().id(), inner.span().id());
    EXPECT_EQ(current_span().parent_span_id(), outer.span().id());
  }
  EXPECT_EQ(current_span().id(), outer.span().id());
  done = true;
}

TEST(Coroutine, TakesItsContextFromThreadToThread) {
  Config config;
  config.url_override = "http://127.0.0.1:9/";
  config.spool_mode = SpoolMode::off;
  Client client(config);
  std::array<std::thread, 2> threads;
  bool done = false;
  work(Context::of(client.trace({.name = "t"})), threads, done);
  EXPECT_FALSE(Context::current());
  threads[0].join();
  threads[1].join();
  EXPECT_TRUE(done);
  client.shutdown(std::chrono::milliseconds(0));
}

}  // namespace
}  // namespace opik

// Goal: what is pushed arrives as it comes, in order; whoever has gone or does not read is noticed and never waited for; a stop ends it.
// Method: streams that the test holds on one end and reads, or leaves unread, on the other.

#include "http/push_stream.h"
#include "http/server_for_test.h"

namespace opik::http {
namespace {

using std::chrono::milliseconds;

// A server with GET /push, whose streams the test holds.
class PushTest : public testing::Test {
 protected:
  explicit PushTest(PushStream::Shape shape = {1 << 20, ":\n\n", milliseconds(60'000)}) : shape_(std::move(shape)) {
    server_.emplace(Limits{}, int64_t{1} << 20, [this](Router& router) {
      router.add(Method::get, "/push", [this](Request, Reply reply) {
        Response response;
        response.content_type = "text/event-stream";
        auto stream = std::make_shared<PushStream>(shape_);
        response.push = stream;
        reply(std::move(response));
        const std::lock_guard lock(mutex_);
        streams_.push_back(std::move(stream));
      });
    });
  }
  std::shared_ptr<PushStream> stream(size_t at = 0) {
    EXPECT_TRUE(TestServer::eventually([&] {
      const std::lock_guard lock(mutex_);
      return streams_.size() > at;
    }));
    const std::lock_guard lock(mutex_);
    return streams_.at(at);
  }

  const PushStream::Shape shape_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<PushStream>> streams_;
  std::optional<TestServer> server_;
};

TEST_F(PushTest, ArrivesAsItComesUntilItIsClosed) {
  Client client(server_->port);
  client.send(get("/push", "Accept-Encoding: gzip\r\n"));
  const auto pushed = stream();
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    const std::string piece = std::to_string(i) + (i % 7 == 0 ? std::string(3000, 'x') : "") + "\n";
    EXPECT_TRUE(pushed->push(piece));
    expected += piece;
    if (i % 50 == 0) std::this_thread::sleep_for(milliseconds(2));
  }
  pushed->close();
  const Answer answer = client.read();
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, expected);
  EXPECT_EQ(answer.headers.at("content-type"), "text/event-stream");
  EXPECT_EQ(answer.headers.count("content-encoding"), 0u);
  EXPECT_TRUE(client.ends());
  EXPECT_FALSE(pushed->push("late"));
}

TEST_F(PushTest, HeadAndHttp10) {
  Client head(server_->port);
  head.send("HEAD /push HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(head.read(true).whole);
  EXPECT_TRUE(head.ends());
  EXPECT_TRUE(TestServer::eventually([&] { return !stream(0)->is_open(); }));
  Client old(server_->port);
  old.send("GET /push HTTP/1.0\r\n\r\n");
  const auto pushed = stream(1);
  EXPECT_TRUE(pushed->push("a\n"));
  pushed->close();
  EXPECT_EQ(old.read().body, "a\n");
}

TEST_F(PushTest, AHangUpIsNoticedWithoutAPush) {
  Client ends(server_->port), resets(server_->port);
  ends.send(get("/push"));
  const auto first = stream(0);
  resets.send(get("/push"));
  const auto second = stream(1);
  EXPECT_TRUE(first->is_open());
  EXPECT_TRUE(second->is_open());
  ends.close();
  resets.reset();
  EXPECT_TRUE(TestServer::eventually([&] { return !first->is_open() && !second->is_open(); }));
  EXPECT_FALSE(first->was_dropped());
  EXPECT_FALSE(first->push("x"));
  EXPECT_TRUE(TestServer::eventually([&] { return server_->server->counters().connections_open.load() == 0; }));
}

TEST_F(PushTest, WhoDoesNotReadIsDropped) {
  Client slow(server_->port, 4096), quick(server_->port);
  slow.send(get("/push"));
  const auto to_slow = stream(0);
  quick.send(get("/push"));
  const auto to_quick = stream(1);
  const std::string piece(64 << 10, 'x');
  size_t given = 0;
  while (to_slow->push(piece)) ASSERT_LT(++given, 1000u);  // the kernel's buffers, and the queue
  EXPECT_TRUE(to_slow->was_dropped());
  EXPECT_TRUE(TestServer::eventually([&] { return server_->server->counters().connections_open.load() == 1; }));
  EXPECT_TRUE(to_quick->push("still here"));
  to_quick->close();
  EXPECT_EQ(quick.read().body, "still here");
}

TEST_F(PushTest, APieceThatCannotFitDropsItsReader) {
  Client client(server_->port);
  client.send(get("/push"));
  const auto pushed = stream();
  EXPECT_FALSE(pushed->push(std::string(shape_.bytes_max + 1, 'x')));
  EXPECT_FALSE(client.read().whole);
}

TEST_F(PushTest, WhatIsSentMeanwhileIsNotAnswered) {
  Client client(server_->port);
  client.send(get("/push") + get("/hello"));
  const auto pushed = stream();
  EXPECT_TRUE(pushed->push("a"));
  pushed->close();
  EXPECT_EQ(client.read().body, "a");
  EXPECT_TRUE(client.ends());
}

TEST_F(PushTest, AStopEndsIt) {
  Client client(server_->port);
  client.send(get("/push"));
  const auto pushed = stream();
  EXPECT_TRUE(pushed->push("a"));
  server_->stop();
  const Answer answer = client.read();
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.body, "a");
  EXPECT_FALSE(pushed->is_open());
}

TEST_F(PushTest, FromManyThreads) {
  constexpr int kThreads = 4, kPieces = 500;
  Client client(server_->port);
  client.send(get("/push"));
  const auto pushed = stream();
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kPieces; ++i) EXPECT_TRUE(pushed->push(std::string(1, static_cast<char>('a' + t))));
    });
  }
  for (std::thread& thread : threads) thread.join();
  pushed->close();
  const std::string body = client.read().body;
  for (int t = 0; t < kThreads; ++t) EXPECT_EQ(std::count(body.begin(), body.end(), 'a' + t), kPieces);
}

class BeatTest : public PushTest {
 protected:
  BeatTest() : PushTest({1 << 20, ":\n\n", milliseconds(20)}) {}
};

TEST_F(BeatTest, ComesWhenNothingElseDoes) {
  Client client(server_->port);
  client.send(get("/push"));
  const auto pushed = stream();
  EXPECT_TRUE(TestServer::eventually([&] { return server_->server->counters().bytes_out.load() >= 9; }));
  EXPECT_TRUE(pushed->push("a"));
  pushed->close();
  const std::string body = client.read().body;
  EXPECT_TRUE(body.starts_with(":\n\n:\n\n")) << body;
  EXPECT_TRUE(body.ends_with("a")) << body;
}

}  // namespace
}  // namespace opik::http

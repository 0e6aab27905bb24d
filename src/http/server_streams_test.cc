// Goal: a body can be taken as it comes and given with a known length, whatever its size; whoever breaks off, gives up or says the wrong
// length is dealt with, and the connection is usable exactly when both sides are where they should be.
// Method: bytes over real sockets; a sink that tells what happened to it.

#include "http/server_for_test.h"

namespace opik::http {
namespace {

// What the sinks of one server saw.
struct Seen {
  std::atomic<uint64_t> bytes{0}, largest_piece{0};
  std::atomic<int> alive{0}, ended{0};
  std::atomic<uint64_t> gives_up_after{UINT64_MAX};
};

class TestSink final : public BodySink {
 public:
  explicit TestSink(Seen& seen) : seen_(seen) { ++seen_.alive; }
  ~TestSink() override { --seen_.alive; }
  bool write(std::string_view piece) override {
    taken_ += piece.size();
    seen_.bytes += piece.size();
    seen_.largest_piece = std::max<uint64_t>(seen_.largest_piece, piece.size());
    return taken_ <= seen_.gives_up_after;
  }
  void end(Reply reply) override {
    ++seen_.ended;
    if (taken_ > seen_.gives_up_after) return reply(plain_error(503, "full"));
    std::thread([taken = taken_, reply = std::move(reply)] {
      Response response;
      response.body = std::to_string(taken);
      reply(std::move(response));
    }).detach();
  }

 private:
  Seen& seen_;
  uint64_t taken_ = 0;
};

constexpr uint64_t kTakenMax = 200'000'000;

class ServerStreams : public testing::Test {
 protected:
  void start(Limits limits = {}, int64_t budget_bytes = int64_t{1} << 20) {
    server_.emplace(limits, budget_bytes, [this](Router& router) {
      router.add_receiver(Method::put, "/files", [this](const Request& request) -> Intake {
        if (request.query_value("refuse")) return {nullptr, 0, plain_error(400, "refused")};
        if (request.query_value("throw")) throw std::runtime_error("no");
        return {std::make_unique<TestSink>(seen_), kTakenMax, {}};
      });
      router.add(Method::get, "/sized", [](Request request, Reply reply) {
        Response response;
        response.content_type = "text/plain";
        response.stream = std::make_unique<CountingSource>(3, 1000, given_, sources_);
        response.stream_bytes = std::stoul(std::string(*request.query_value("say")));
        reply(std::move(response));
      });
    });
  }
  static std::string put(std::string_view query, uint64_t length, std::string_view more_headers = "") {
    return "PUT /files" + std::string(query) + " HTTP/1.1\r\nHost: x\r\n" + std::string(more_headers) +
           "Content-Length: " + std::to_string(length) + "\r\n\r\n";
  }

  static inline std::atomic<int> given_{0}, sources_{0};
  Seen seen_;
  std::optional<TestServer> server_;
};

TEST_F(ServerStreams, TakesBodiesLargerThanMemoryMayBe) {
  start();
  Client client(server_->port);
  const std::string piece(1 << 20, 'x');
  client.send(put("", 100 * piece.size()));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(client.send(piece));
  EXPECT_EQ(client.read().body, std::to_string(100 * piece.size()));
  EXPECT_LE(seen_.largest_piece, 64u << 10);
  EXPECT_EQ(server_->budget.used(), 0);
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
  EXPECT_EQ(client.ask(put("", 0)).body, "0");
  EXPECT_TRUE(TestServer::eventually([&] { return seen_.alive == 0; }));
}

TEST_F(ServerStreams, TakesChunksAndInvites) {
  start();
  Client client(server_->port);
  EXPECT_EQ(client.ask("PUT /files HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5\r\ndefgh\r\n0\r\n\r\n").body,
            "8");
  EXPECT_EQ(client.ask(put("", 3, "Expect: 100-continue\r\n")).status, 100);
  EXPECT_EQ(client.ask("abc").body, "3");
  EXPECT_EQ(client.ask("PUT /files HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n").status, 400);
  EXPECT_TRUE(client.ends());
  EXPECT_EQ(seen_.ended, 2);
}

TEST_F(ServerStreams, RefusesByTheHead) {
  start();
  Client client(server_->port);
  EXPECT_EQ(client.ask(put("?refuse=1", 3) + "abc").status, 400);
  EXPECT_EQ(client.ask(put("?throw=1", 3) + "abc").status, 500);
  EXPECT_EQ(client.ask(put("", 3, "Content-Encoding: gzip\r\n") + "abc").status, 415);
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
  const Answer answer = client.ask(put("", kTakenMax + 1));
  EXPECT_EQ(answer.status, 413);
  EXPECT_NE(answer.body.find(std::to_string(kTakenMax)), std::string::npos) << answer.body;
  EXPECT_EQ(seen_.bytes, 0u);
}

TEST_F(ServerStreams, ASinkThatGivesUpAnswers) {
  start();
  seen_.gives_up_after = 10;
  Client client(server_->port);
  EXPECT_EQ(client.ask(put("", 1000) + std::string(1000, 'x')).status, 503);
  EXPECT_EQ(client.ask(get("/hello")).status, 200);  // little was left to come
  client.send(put("", kTakenMax));
  const std::string piece(1 << 20, 'x');
  for (int i = 0; i < 190 && client.send(piece); ++i) {
  }
  EXPECT_EQ(client.read().status, 503);
  EXPECT_TRUE(TestServer::eventually([&] { return seen_.alive == 0; }));
}

TEST_F(ServerStreams, NobodyIsAskedToEndWhatBrokeOff) {
  Limits limits;
  limits.body_timeout = std::chrono::milliseconds(100);
  start(limits);
  {
    Client client(server_->port);
    client.send(put("", 1000) + "abc");
    ASSERT_TRUE(TestServer::eventually([&] { return seen_.bytes == 3; }));
    client.reset();
  }
  EXPECT_TRUE(TestServer::eventually([&] { return seen_.alive == 0; }));
  Client client(server_->port);
  EXPECT_EQ(client.ask(put("", 1000) + "abc").status, 408);
  EXPECT_TRUE(TestServer::eventually([&] { return seen_.alive == 0; }));
  EXPECT_EQ(seen_.ended, 0);
}

TEST_F(ServerStreams, AKnownLengthIsSaidAndKept) {
  start();
  Client client(server_->port);
  const Answer answer = client.ask(get("/sized?say=3000", "Accept-Encoding: gzip\r\n"));
  EXPECT_EQ(answer.headers.at("content-length"), "3000");
  EXPECT_EQ(answer.headers.count("content-encoding"), 0u);
  EXPECT_EQ(answer.body.size(), 3000u);
  client.send("HEAD /sized?say=3000 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.read(true).headers.at("content-length"), "3000");
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
  for (const char* wrong : {"/sized?say=2999", "/sized?say=3001", "/sized?say=100"}) {
    Client other(server_->port);
    EXPECT_FALSE(other.ask(get(wrong)).whole) << wrong;
    EXPECT_TRUE(other.ends()) << wrong;
  }
}

}  // namespace
}  // namespace opik::http

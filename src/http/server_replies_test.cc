// Goal: an answer may come late, from any thread, piece by piece, or never, and the client may go at any time.
// Method: handlers that the test holds, streams that count how far they were read and whether they live.

#include <libdeflate.h>

#include "http/server_for_test.h"

namespace opik::http {
namespace {

TEST(ServerReplies, ComeLaterFromAnotherThread) {
  TestServer server;
  Client first(server.port), second(server.port);
  first.send(post("/later", "1") + get("/hello"));
  second.send(post("/later", "2"));
  server.wait_for_later(2);
  EXPECT_TRUE(first.is_quiet(std::chrono::milliseconds(30)));
  server.answer_later(plain_error(409, "one"));
  server.answer_later(plain_error(409, "two"));
  EXPECT_EQ(first.read().status, 409);
  EXPECT_EQ(first.read().body, "{\"hello\":1}");
  EXPECT_EQ(second.read().status, 409);
}

TEST(ServerReplies, ManyFromManyThreads) {
  TestServer server;
  std::vector<std::thread> clients;
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&, c] {
      Client client(server.port);
      for (int i = 0; i < 100; ++i) {
        const std::string body = std::to_string(c * 1000 + i);
        ASSERT_EQ(client.ask(post("/thread", body)).body, body);
      }
    });
  }
  for (std::thread& client : clients) client.join();
}

TEST(ServerReplies, TheFirstCounts) {
  TestServer server({}, 1 << 20, [](Router& router) {
    router.add(Method::get, "/twice", [](Request, Reply reply) {
      reply(plain_error(200, "first"));
      reply(plain_error(500, "second"));
    });
  });
  Client client(server.port);
  EXPECT_EQ(client.ask(get("/twice")).status, 200);
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
}

TEST(ServerReplies, AHandlerThatThrowsOrForgetsIs500) {
  TestServer server;
  Client client(server.port);
  for (const char* path : {"/throw", "/drop"}) {
    const Answer answer = client.ask(get(path));
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.body.rfind("{\"code\":500,\"message\":\"There was an error processing your request. It has been logged (ID ", 0), 0u);
    EXPECT_EQ(answer.body.size(), 102u) << answer.body;
  }
  client.send(post("/later", "x"));
  server.wait_for_later();
  server.forget_later();
  EXPECT_EQ(client.read().status, 500);
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
  EXPECT_EQ(server.server->counters().responses_5xx.load(), 3u);
}

TEST(ServerReplies, AClientThatHasGoneIsHarmless) {
  TestServer server;
  for (const bool hard : {false, true}) {
    auto client = std::make_unique<Client>(server.port);
    client->send(post("/later", "x"));
    server.wait_for_later();
    if (hard) client->reset();
    client.reset();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    server.answer_later(plain_error(200, std::string(1 << 20, 'x')));
    EXPECT_TRUE(TestServer::eventually([&] { return server.server->counters().connections_open.load() == 0; }));
  }
}

TEST(ServerReplies, AReplyMayOutliveTheServer) {
  Reply kept;
  {
    Limits limits;
    limits.stop_timeout = std::chrono::milliseconds(50);
    TestServer server(limits, 1 << 20,
                      [&](Router& router) { router.add(Method::get, "/keep", [&](Request, Reply reply) { kept = std::move(reply); }); });
    Client client(server.port);
    client.send(get("/keep"));
    ASSERT_TRUE(TestServer::eventually([&] { return server.server->counters().requests.load() == 1; }));
    server.stop();
    EXPECT_TRUE(client.ends());
  }
  kept(plain_error(200, "nobody is there"));
}

TEST(ServerReplies, StreamsAreChunked) {
  TestServer server;
  Client client(server.port);
  Answer answer = client.ask(get("/stream"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("transfer-encoding"), "chunked");
  EXPECT_EQ(answer.headers.at("content-type"), "application/x-ndjson");
  EXPECT_EQ(answer.body, "aaaaaaaaaabbbbbbbbbbcccccccccc");
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(client.ask(get("/hello")).status, 200);

  server.stream_given = 0;
  server.stream_piece_bytes = 0;
  EXPECT_EQ(client.ask(get("/stream")).body, "") << "an empty piece does not end a stream, an empty stream is one";
  EXPECT_EQ(server.stream_given.load(), 3);
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
}

TEST(ServerReplies, StreamsToAnOldClientEndWithTheConnection) {
  TestServer server;
  Client client(server.port);
  const Answer answer = client.ask("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(answer.headers.count("transfer-encoding"), 0u);
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_EQ(answer.body, "aaaaaaaaaabbbbbbbbbbcccccccccc");
}

TEST(ServerReplies, StreamsArePackedAsOneMember) {
  TestServer server;
  server.stream_pieces = 50;
  server.stream_piece_bytes = 20'000;
  Client client(server.port);
  const Answer answer = client.ask(get("/stream", "Accept-Encoding: gzip\r\n"));
  EXPECT_EQ(answer.headers.at("content-encoding"), "gzip");
  EXPECT_LT(answer.body.size(), 100'000u);
  libdeflate_decompressor* decompressor = libdeflate_alloc_decompressor();
  std::string text(1'000'000, '\0');
  size_t taken = 0, made = 0;
  EXPECT_EQ(libdeflate_gzip_decompress_ex(decompressor, answer.body.data(), answer.body.size(), text.data(), text.size(), &taken, &made),
            LIBDEFLATE_SUCCESS);
  libdeflate_free_decompressor(decompressor);
  EXPECT_EQ(taken, answer.body.size());
  EXPECT_EQ(made, text.size());
  EXPECT_EQ(text.substr(19'990, 20), "aaaaaaaaaabbbbbbbbbb");
}

TEST(ServerReplies, AStreamOfOnePieceIsPackedIfThatGains) {
  TestServer server;
  server.stream_pieces = 1;
  Client client(server.port);
  EXPECT_EQ(client.ask(get("/stream", "Accept-Encoding: gzip\r\n")).headers.count("content-encoding"), 0u);
  server.stream_given = 0;
  server.stream_piece_bytes = 5000;
  const Answer answer = client.ask(get("/stream", "Accept-Encoding: gzip\r\n"));
  EXPECT_EQ(answer.headers.at("content-encoding"), "gzip");
  EXPECT_LT(answer.body.size(), 200u);
  EXPECT_TRUE(answer.whole);
}

TEST(ServerReplies, AStreamGoesNoFasterThanItIsRead) {
  TestServer server;
  server.stream_pieces = 100'000;
  server.stream_piece_bytes = 50'000;
  Client client(server.port, 64 << 10);
  client.send(get("/stream"));
  ASSERT_TRUE(TestServer::eventually([&] { return server.stream_given.load() > 0; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const int given = server.stream_given.load();
  EXPECT_LT(given, 1000) << "what the kernel's buffers hold";
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(server.stream_given.load(), given);
  EXPECT_EQ(server.streams_alive.load(), 1);
  client.reset();
  EXPECT_TRUE(TestServer::eventually([&] { return server.streams_alive.load() == 0; })) << "destroyed when the client hangs up";
}

TEST(ServerReplies, ABrokenStreamIsNotMistakenForAWholeOne) {
  class Breaking final : public BodySource {
   public:
    explicit Breaking(int after) : left_(after) {}
    bool next(std::string& chunk) override {
      if (left_-- == 0) throw std::runtime_error("the source broke");
      chunk = "piece";
      return true;
    }

   private:
    int left_;
  };
  TestServer server({}, 1 << 20, [](Router& router) {
    for (const int after : {0, 2}) {
      router.add(Method::get, "/break" + std::to_string(after), [after](Request, Reply reply) {
        Response response;
        response.stream = std::make_unique<Breaking>(after);
        reply(std::move(response));
      });
    }
  });
  Client client(server.port);
  EXPECT_EQ(client.ask(get("/break0")).status, 500) << "nothing was sent yet";
  const Answer answer = client.ask(get("/break2"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.whole);
}

}  // namespace
}  // namespace opik::http

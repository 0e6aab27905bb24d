// Goal: packed bodies are unpacked, what is too large, broken or not affordable is refused with an answer that the client reads.
// Method: bytes over real sockets, with small limits and budgets.

#include <libdeflate.h>
#include <zstd.h>

#include "http/gzip.h"
#include "http/server_for_test.h"

namespace opik::http {
namespace {

std::string zstd(std::string_view text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 1));
  return packed;
}

std::string deflate(std::string_view text, bool framed) {
  libdeflate_compressor* compressor = libdeflate_alloc_compressor(1);
  std::string packed(text.size() + 1000, '\0');
  packed.resize(framed ? libdeflate_zlib_compress(compressor, text.data(), text.size(), packed.data(), packed.size())
                       : libdeflate_deflate_compress(compressor, text.data(), text.size(), packed.data(), packed.size()));
  libdeflate_free_compressor(compressor);
  return packed;
}

std::string unzipped(std::string_view packed, size_t bytes) {
  libdeflate_decompressor* decompressor = libdeflate_alloc_decompressor();
  std::string text(bytes, '\0');
  EXPECT_EQ(libdeflate_gzip_decompress(decompressor, packed.data(), packed.size(), text.data(), text.size(), nullptr), LIBDEFLATE_SUCCESS);
  libdeflate_free_decompressor(decompressor);
  return text;
}

Limits with_body_max(size_t bytes) {
  Limits limits;
  limits.body_bytes_max = bytes;
  return limits;
}

TEST(ServerBodies, UnpacksWhatClientsSend) {
  TestServer server;
  Client client(server.port);
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i) + ",";
  EXPECT_TRUE(client.ask(post("/echo", gzip(text), "Content-Encoding: gzip\r\n")).body == text);
  EXPECT_TRUE(client.ask(post("/echo", gzip(text) + gzip(text), "Content-Encoding: x-gzip\r\n")).body == text + text);
  EXPECT_TRUE(client.ask(post("/echo", deflate(text, true), "Content-Encoding: deflate\r\n")).body == text);
  EXPECT_TRUE(client.ask(post("/echo", deflate(text, false), "Content-Encoding: deflate\r\n")).body == text);
  EXPECT_TRUE(client.ask(post("/echo", zstd(text), "Content-Encoding: zstd\r\n")).body == text);
  EXPECT_TRUE(client.ask(post("/echo", text, "Content-Encoding: identity\r\n")).body == text);
  EXPECT_EQ(client.ask(post("/echo", "", "Content-Encoding: gzip\r\n")).body, "");
  EXPECT_GT(server.server->counters().inflate_ns.load(), 0u);
}

TEST(ServerBodies, RefusesOtherCodings) {
  TestServer server;
  Client client(server.port);
  for (const char* coding : {"br", "gzip, gzip", "gzip, zstd"}) {
    const Answer answer = client.ask(post("/echo", "x", std::string("Content-Encoding: ") + coding + "\r\n"));
    EXPECT_EQ(answer.status, 415);
    EXPECT_EQ(answer.body.rfind("{\"code\":415,", 0), 0u);
  }
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
}

TEST(ServerBodies, RefusesBrokenPacks) {
  TestServer server;
  Client client(server.port);
  for (const char* coding : {"gzip", "deflate", "zstd"}) {
    const Answer answer = client.ask(post("/echo", "{\"this\":\"is not packed\"}", std::string("Content-Encoding: ") + coding + "\r\n"));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.body.rfind("{\"code\":400,", 0), 0u);
  }
  const std::string packed = gzip(std::string(10'000, 'x'));
  EXPECT_EQ(client.ask(post("/echo", packed.substr(0, packed.size() - 1), "Content-Encoding: gzip\r\n")).status, 400);
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
}

TEST(ServerBodies, RefusesBombs) {
  TestServer server(with_body_max(1 << 20), 8 << 20);
  Client client(server.port);
  const std::string zeros(100 << 20, '\0');
  for (const auto& [coding, packed] : {std::pair{"gzip", gzip(zeros)}, {"deflate", deflate(zeros, true)}, {"zstd", zstd(zeros)}}) {
    const Answer answer = client.ask(post("/echo", packed, std::string("Content-Encoding: ") + coding + "\r\n"));
    EXPECT_EQ(answer.status, 413) << coding;
    EXPECT_EQ(answer.body.rfind("{\"code\":413,", 0), 0u);
  }
  EXPECT_EQ(client.ask(post("/echo", gzip(zeros.substr(0, 1 << 20)), "Content-Encoding: gzip\r\n")).body.size(), size_t{1} << 20);
  EXPECT_EQ(server.budget.used(), 0);
}

TEST(ServerBodies, AClientThatIsStillSendingReadsThe413) {
  TestServer server(with_body_max(1 << 20));
  const std::string body(20 << 20, 'x');
  for (const bool chunked : {false, true}) {
    Client client(server.port);
    const std::string head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    const bool sent = chunked ? client.send(head + "Transfer-Encoding: chunked\r\n\r\n1400000\r\n" + body + "\r\n0\r\n\r\n")
                              : client.send(head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_TRUE(sent);
    const Answer answer = client.read();
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.headers.at("connection"), "close");
    EXPECT_TRUE(answer.whole);
    client.end_sending();
    EXPECT_TRUE(client.ends());
  }
  Client polite(server.port);
  EXPECT_EQ(polite
                .ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: "
                     "99999999999\r\n\r\n")
                .status,
            413);
}

TEST(ServerBodies, TheBodyLimitIsExact) {
  TestServer server(with_body_max(100'000));
  Client client(server.port);
  EXPECT_EQ(client.ask(post("/echo", std::string(100'000, 'x'))).status, 200);
  EXPECT_EQ(client.ask(post("/echo", std::string(100'001, 'x'))).status, 413);
}

TEST(ServerBodies, NoRoomIs429AndPassesLater) {
  TestServer server({}, 1 << 20);
  Client client(server.port), other(server.port);
  std::optional<base::ByteBudget::Hold> others = server.budget.take(900'000);
  const std::string body(500'000, 'x');
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n7A120\r\n" + body +
      "\r\n0\r\n\r\n";
  for (const std::string& text : {post("/echo", body), chunked, post("/echo", gzip(body), "Content-Encoding: gzip\r\n")}) {
    const Answer answer = client.ask(text);
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.body.rfind("{\"code\":429,", 0), 0u);
    EXPECT_EQ(answer.headers.at("ratelimit-reset"), "1");
    EXPECT_EQ(answer.headers.at("retry-after"), "1");
    EXPECT_EQ(answer.headers.count("connection"), 0u) << "the connection stays usable";
    EXPECT_EQ(server.budget.used(), 900'000);
  }
  EXPECT_EQ(server.server->counters().refused_busy.load(), 3u);
  EXPECT_EQ(client.ask(post("/echo", std::string(64 << 10, 'x'))).status, 200) << "small ones always pass";
  others.reset();
  for (const std::string& text : {post("/echo", body), chunked, post("/echo", gzip(body), "Content-Encoding: gzip\r\n")}) {
    EXPECT_EQ(client.ask(text).body.size(), body.size());
  }
  EXPECT_EQ(server.budget.used(), 0);
}

TEST(ServerBodies, WhatIsInHandIsCountedUntilTheAnswer) {
  TestServer server({}, 10 << 20);
  Client client(server.port);
  client.send(post("/later", gzip(std::string(1 << 20, 'x')), "Content-Encoding: gzip\r\n"));
  server.wait_for_later();
  EXPECT_GE(server.budget.used(), 1 << 20);
  EXPECT_LE(server.budget.used(), 2 << 20);
  server.answer_later();
  EXPECT_EQ(client.read().status, 200);
  EXPECT_TRUE(TestServer::eventually([&] { return server.budget.used() == 0; }));
}

TEST(ServerBodies, OneBodyLargerThanTheBudgetPassesAlone) {
  TestServer server({}, 100'000);
  Client client(server.port);
  EXPECT_EQ(client.ask(post("/echo", std::string(1 << 20, 'x'))).status, 200);
}

TEST(ServerBodies, AnswersArePackedForThoseWhoTakeIt) {
  TestServer server;
  Client client(server.port);
  Answer answer = client.ask(get("/big", "Accept-Encoding: deflate, gzip\r\n"));
  EXPECT_EQ(answer.headers.at("content-encoding"), "gzip");
  EXPECT_EQ(answer.headers.at("vary"), "Accept-Encoding");
  EXPECT_LT(answer.body.size(), 200u);
  EXPECT_EQ(unzipped(answer.body, 5000), std::string(5000, 'x'));
  answer = client.ask(get("/big"));
  EXPECT_EQ(answer.headers.count("content-encoding"), 0u);
  EXPECT_EQ(answer.headers.at("vary"), "Accept-Encoding");
  EXPECT_EQ(answer.body.size(), 5000u);
  answer = client.ask(get("/hello", "Accept-Encoding: gzip\r\n"));
  EXPECT_EQ(answer.headers.count("content-encoding"), 0u) << "too small to gain";
  EXPECT_EQ(answer.headers.count("vary"), 0u);
  client.send("HEAD /big HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
  EXPECT_EQ(client.read(true).headers.at("content-encoding"), "gzip");
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
}

}  // namespace
}  // namespace opik::http

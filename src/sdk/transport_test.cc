// Goal: a request arrives as it was given and its answer comes back whole; nothing on the other side hangs, throws or kills the
// program, and neither does a fork().
// Method: a server in the test that answers, resets, stalls or talks without end; times measured where they are the promise.
#include "sdk/transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

#include "sdk/http_test.h"

namespace opik::sdk {
namespace {

using namespace std::chrono_literals;
using base::Code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

std::unique_ptr<Transport> transport_to(const TestServer& server, const std::string& path = "/api/") {
  TransportConfig config;
  config.base_url = server.url(path);
  config.headers = {{"Authorization", "key"}, {"Comet-Workspace", "w"}};
  config.proxy = "";
  return make_curl_transport(config);
}

TEST(Transport, SendsARequestAsItIsGiven) {
  TestServer server([](const TestRequest&) { return http_answer(201, "made"); });
  const auto transport = transport_to(server, "/api");
  const std::string body("a\0b\xff", 4);
  for (const char* method : {"POST", "PATCH", "PUT", "DELETE"}) {
    const auto response = transport->send({method, "/v1/x?y=z", {{"Content-Type", "application/json"}, {"Empty", ""}}, body}, 5s);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 201);
    EXPECT_EQ(response->body, "made");
    const TestRequest got = server.requests().back();
    EXPECT_EQ(got.method, method);
    EXPECT_EQ(got.target, "/api/v1/x?y=z");
    EXPECT_EQ(got.body, body);
    EXPECT_EQ(got.headers.at("authorization"), "key");
    EXPECT_EQ(got.headers.at("comet-workspace"), "w");
    EXPECT_EQ(got.headers.at("content-type"), "application/json");
    EXPECT_EQ(got.headers.at("empty"), "");
    EXPECT_EQ(got.headers.count("expect"), 0u);
  }
  ASSERT_TRUE(transport->send({"GET", "is-alive/ping", {}, ""}, 5s));
  EXPECT_EQ(server.requests().back().method, "GET");
  EXPECT_EQ(server.requests().back().target, "/api/is-alive/ping");
  EXPECT_EQ(server.connections(), 1);
}

TEST(Transport, SendsALargeBody) {
  TestServer server([](const TestRequest&) { return http_answer(204); });
  const std::string body(20 << 20, 'x');
  ASSERT_TRUE(transport_to(server)->send({"POST", "a", {}, body}, 20s));
  EXPECT_TRUE(server.requests().back().body == body);
}

TEST(Transport, SendsAPartOfAFile) {
  TestServer server([](const TestRequest& request) {
    return request.target == "/api/old" ? http_answer(307, "", "Location: /api/new\r\n") : http_answer(200);
  });
  FILE* file = std::tmpfile();
  std::string content(3 << 20, '\0');
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 + i / 1000);
  ASSERT_EQ(std::fwrite(content.data(), 1, content.size(), file), content.size());
  std::fflush(file);
  const auto transport = transport_to(server);
  const auto response = transport->send({"PUT", "old", {}, "", FilePart{fileno(file), 1000, 2 << 20}}, 5s);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_TRUE(server.requests().back().body == content.substr(1000, 2 << 20));
  const auto past_the_end = transport->send({"PUT", "a", {}, "", FilePart{fileno(file), 2 << 20, 2 << 20}}, 5s);
  ASSERT_FALSE(past_the_end);
  EXPECT_EQ(past_the_end.error().code, Code::invalid);
  std::fclose(file);
}

TEST(Transport, KeepsTheKeyFromOtherServers) {
  TestServer ours([](const TestRequest&) { return http_answer(204); });
  TestServer other([](const TestRequest&) { return http_answer(200, "", "ETag: \"abc\"\r\n"); });
  const auto transport = transport_to(ours);
  const auto response = transport->send({"PUT", other.url("/bucket/part?sig=1"), {}, "data"}, 5s);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->etag, "\"abc\"");
  EXPECT_EQ(other.requests().at(0).headers.count("authorization"), 0u);
  EXPECT_EQ(other.requests().at(0).headers.count("comet-workspace"), 0u);
  ASSERT_TRUE(transport->send({"PUT", ours.url("/api/v1/private/attachment/upload"), {}, "data"}, 5s));
  EXPECT_EQ(ours.requests().at(0).headers.at("authorization"), "key");
}

TEST(Transport, FollowsARedirectWithItsBodyButNotToAnotherScheme) {
  TestServer server([](const TestRequest& request) {
    if (request.target == "/api/file") return http_answer(302, "", "Location: file:///etc/passwd\r\n");
    if (request.target == "/api/old") return http_answer(301, "", "Location: /api/new\r\n");
    if (request.target == "/api/ring") return http_answer(307, "", "Location: /api/ring\r\n");
    return http_answer(204);
  });
  const auto transport = transport_to(server);
  const auto response = transport->send({"POST", "old", {}, "body"}, 5s);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 204);
  EXPECT_EQ(server.requests().back().target, "/api/new");
  EXPECT_EQ(server.requests().back().method, "POST");
  EXPECT_EQ(server.requests().back().body, "body");
  EXPECT_FALSE(transport->send({"GET", "file", {}, ""}, 5s));
  EXPECT_FALSE(transport->send({"GET", "ring", {}, ""}, 5s));
}

TEST(Transport, ReadsWhatTheServerSaysOfItself) {
  TestServer server([](const TestRequest&) {
    return "HTTP/1.1 100 Continue\r\n\r\n" +
           http_answer(429, "slow", "RateLimit-Reset: 7\r\nRetry-After: 100\r\nAccept-Encoding: gzip, zstd\r\n");
  });
  const auto response = transport_to(server)->send({"POST", "a", {}, ""}, 5s);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 429);
  EXPECT_EQ(response->retry_after, milliseconds(7000));
  EXPECT_TRUE(response->accepts_zstd);
}

TEST(Transport, CutsAnAnswerThatDoesNotEnd) {
  TestServer server([](const TestRequest&) { return http_answer(400, std::string(9 << 20, 'x')); });
  TransportConfig config;
  config.base_url = server.url();
  config.response_bytes_max = 100'000;
  const auto transport = make_curl_transport(config);
  for (int i = 0; i < 2; ++i) {
    const auto response = transport->send({"POST", "a", {}, ""}, 5s);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 400);
    EXPECT_EQ(response->body.size(), 100'000u);
  }
}

TEST(Transport, FailsWithoutAnAnswer) {
  int port;
  {
    TestServer gone([](const TestRequest&) { return http_answer(204); });
    port = gone.port();
  }
  TransportConfig config;
  config.base_url = "http://127.0.0.1:" + std::to_string(port) + "/";
  const auto refused = make_curl_transport(config)->send({"POST", "a", {}, ""}, 5s);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);

  TestServer resetting([](const TestRequest&) { return std::string(); });
  const auto reset = transport_to(resetting)->send({"POST", "a", {}, "b"}, 5s);
  ASSERT_FALSE(reset);
  EXPECT_EQ(reset.error().code, Code::unavailable);

  TestServer half([](const TestRequest&) { return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"; });
  half.close_after_each_answer();
  const auto cut = transport_to(half)->send({"POST", "a", {}, "b"}, 5s);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Code::unavailable);

  config.base_url = "http://no-such-host.invalid/";
  const auto unknown = make_curl_transport(config)->send({"POST", "a", {}, ""}, 5s);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::unavailable);
}

TEST(Transport, RefusesWhatCannotBeSent) {
  for (const char* url : {"", "localhost:5173/api", "ftp://host/", "http://a\r\nX: y/", "file:///etc/passwd"}) {
    TransportConfig config;
    config.base_url = url;
    const auto response = make_curl_transport(config)->send({"POST", "a", {}, ""}, 1s);
    ASSERT_FALSE(response) << url;
    EXPECT_EQ(response.error().code, Code::invalid) << url;
  }
  TestServer server([](const TestRequest&) { return http_answer(204); });
  EXPECT_EQ(transport_to(server)->send({"POST", "a", {{"X", "1\r\nY: 2"}}, ""}, 1s).error().code, Code::invalid);
  EXPECT_EQ(server.connections(), 0);
}

TEST(Transport, StopsWaitingInTime) {
  TestServer server([](const TestRequest&) {
    std::this_thread::sleep_for(700ms);
    return http_answer(204);
  });
  const auto transport = transport_to(server);
  const auto began = steady_clock::now();
  const auto response = transport->send({"POST", "a", {}, ""}, 150ms);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::unavailable);
  EXPECT_LT(steady_clock::now() - began, 600ms);
  EXPECT_TRUE(transport->send({"POST", "a", {}, ""}, 5s)) << "usable again";
}

TEST(Transport, IsCalledOffFromAnotherThread) {
  TestServer server([](const TestRequest&) {
    std::this_thread::sleep_for(1500ms);
    return http_answer(204);
  });
  const auto transport = transport_to(server);
  steady_clock::time_point called_off;
  std::thread other([&] {
    while (server.requests().empty()) std::this_thread::sleep_for(5ms);
    std::this_thread::sleep_for(50ms);
    called_off = steady_clock::now();
    transport->abort();
  });
  const auto response = transport->send({"POST", "a", {}, ""}, 20s);
  const auto ended = steady_clock::now();
  other.join();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::busy);
  EXPECT_LT(ended - called_off, 300ms);
  EXPECT_EQ(transport->send({"POST", "a", {}, ""}, 20s).error().code, Code::busy);
}

TEST(Transport, SurvivesAServerThatClosesKeptConnections) {
  TestServer server([](const TestRequest&) { return http_answer(204); });
  server.close_after_each_answer();
  const auto transport = transport_to(server);
  for (int i = 0; i < 20; ++i) {
    const auto response = transport->send({"POST", "a", {}, "b"}, 5s);
    ASSERT_TRUE(response) << response.error().message;
  }
}

// The child sends over a connection of its own, and what it closes does not end the parent's.
TEST(Transport, SurvivesAFork) {
  TestServer server([](const TestRequest&) { return http_answer(204); });
  const auto transport = transport_to(server);
  ASSERT_TRUE(transport->send({"POST", "parent", {}, ""}, 5s));
  const pid_t child = fork();
  if (child == 0) {
    const bool sent = transport->send({"POST", "child", {}, ""}, 5s).has_value();
    transport->abort();
    transport->~Transport();
    _exit(sent ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  ASSERT_TRUE(transport->send({"POST", "parent", {}, ""}, 5s));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].connection, 1);
  EXPECT_EQ(requests[1].connection, 2);
  EXPECT_EQ(requests[2].connection, 1);
}

TEST(Transport, ReadsWaits) {
  constexpr int64_t kNow = 1'000'000'000 + 1000;
  EXPECT_EQ(parse_retry_after("", "", kNow), std::nullopt);
  EXPECT_EQ(parse_retry_after("7", "9", kNow), milliseconds(7000));
  EXPECT_EQ(parse_retry_after("", " 9 ", kNow), milliseconds(9000));
  EXPECT_EQ(parse_retry_after("0.25", "", kNow), milliseconds(250));
  EXPECT_EQ(parse_retry_after("1000001010", "", kNow), milliseconds(10'000));
  EXPECT_EQ(parse_retry_after("1000000000", "", kNow), milliseconds(0));
  EXPECT_EQ(parse_retry_after("junk", "3", kNow), milliseconds(3000));
  EXPECT_EQ(parse_retry_after("-1", "nan", kNow), std::nullopt);
  EXPECT_EQ(parse_retry_after("", "Sun, 09 Sep 2001 02:03:30 GMT", kNow), milliseconds(10'000));
  EXPECT_EQ(parse_retry_after("", "Sun, 09 Sep 2001 02:00:00 GMT", kNow), milliseconds(0));
  EXPECT_GT(parse_retry_after("99999999999999", "", kNow), milliseconds(0));
}

}  // namespace
}  // namespace opik::sdk

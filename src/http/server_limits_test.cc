// Goal: slow, silent and too many clients cost little and learn why; the server stops in good order.
// Method: small limits, clients that do what they should not, the clock.

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <chrono>

#include "http/server_for_test.h"

namespace opik::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Limits quick() {
  Limits limits;
  limits.header_timeout = limits.body_timeout = limits.write_timeout = milliseconds(150);
  limits.idle_timeout = milliseconds(300);
  limits.stop_timeout = milliseconds(2000);
  return limits;
}

TEST(ServerLimits, ASlowHeadIs408) {
  TestServer server(quick());
  Client client(server.port);
  std::thread dripping([&] {
    const std::string text = get("/hello", "X: " + std::string(1000, 'x') + "\r\n");
    for (size_t i = 0; i < text.size() && client.send(text.substr(i, 1)); ++i) std::this_thread::sleep_for(milliseconds(10));
  });
  const Answer answer = client.read();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.headers.at("connection"), "close");
  client.end_sending();
  dripping.join();
}

TEST(ServerLimits, ABodyWithoutProgressIs408) {
  TestServer server(quick());
  for (const char* text : {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\nabc",
                           "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
                           "POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"}) {
    Client client(server.port);
    EXPECT_EQ(client.ask(text).status, 408) << text;
    client.end_sending();
    EXPECT_TRUE(client.ends());
  }
  EXPECT_EQ(server.budget.used(), 0);
}

TEST(ServerLimits, ABodyWithProgressMayTakeItsTime) {
  TestServer server(quick());
  Client client(server.port);
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n");
  for (int i = 0; i < 10; ++i) {
    std::this_thread::sleep_for(milliseconds(40));
    client.send("x");
  }
  EXPECT_EQ(client.read().status, 200);
}

TEST(ServerLimits, IdleConnectionsAreClosedSilently) {
  TestServer server(quick());
  Client fresh(server.port), used(server.port);
  EXPECT_EQ(used.ask(get("/hello")).status, 200);
  EXPECT_TRUE(used.ends(milliseconds(1500)));
  EXPECT_TRUE(fresh.ends(milliseconds(1500)));
}

TEST(ServerLimits, TooLargeHeadsAre431) {
  Limits limits;
  limits.header_bytes_max = 2000;
  TestServer server(limits);
  for (const std::string& text :
       {get("/hello", "X: " + std::string(3000, 'x') + "\r\n"), get("/" + std::string(3000, 'x')), std::string(3000, 'x')}) {
    Client client(server.port);
    EXPECT_EQ(client.ask(text).status, 431);
    client.end_sending();
    EXPECT_TRUE(client.ends());
  }
}

TEST(ServerLimits, AClientThatDoesNotReadIsClosed) {
  TestServer server(quick());
  server.stream_pieces = 100'000;
  server.stream_piece_bytes = 50'000;
  Client client(server.port, 32 << 10);
  client.send(get("/stream"));
  EXPECT_TRUE(TestServer::eventually([&] { return server.stream_given.load() > 0; }));
  EXPECT_TRUE(TestServer::eventually([&] { return server.server->counters().connections_open.load() == 0; }));
  EXPECT_EQ(server.streams_alive.load(), 0);
}

TEST(ServerLimits, TooManyConnections) {
  Limits limits;
  limits.connections_max = 2;
  TestServer server(limits);
  auto first = std::make_unique<Client>(server.port);
  Client second(server.port);
  EXPECT_EQ(first->ask(get("/hello")).status, 200);
  EXPECT_EQ(second.ask(get("/hello")).status, 200);
  Client third(server.port);
  EXPECT_TRUE(third.ends());
  first.reset();
  EXPECT_TRUE(TestServer::eventually([&] { return server.server->counters().connections_open.load() == 1; }));
  Client fourth(server.port);
  EXPECT_EQ(fourth.ask(get("/hello")).status, 200);
  EXPECT_EQ(server.server->counters().connections.load(), 4u);
}

TEST(ServerLimits, RunsOutOfDescriptorsWithoutSpinning) {
  spdlog::warn("descriptors run out {} time", 1);  // UBSan needs a descriptor when it meets the logger for the first time
  TestServer server;
  Client before(server.port);
  EXPECT_EQ(before.ask(get("/hello")).status, 200);
  const int made = ::socket(AF_INET, SOCK_STREAM, 0);
  rlimit old{};
  ASSERT_EQ(0, ::getrlimit(RLIMIT_NOFILE, &old));
  const rlimit tight{static_cast<rlim_t>(made), old.rlim_max};
  ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &tight));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(server.port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(0, ::connect(made, reinterpret_cast<sockaddr*>(&to), sizeof to));
  const std::clock_t cpu_before = std::clock();
  std::this_thread::sleep_for(milliseconds(300));
  const double cpu_seconds = static_cast<double>(std::clock() - cpu_before) / CLOCKS_PER_SEC;
  EXPECT_LT(cpu_seconds, 0.15);
  EXPECT_EQ(before.ask(get("/hello")).status, 200) << "the others go on";
  ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &old));
  const std::string text = get("/hello");
  EXPECT_EQ(static_cast<ssize_t>(text.size()), ::send(made, text.data(), text.size(), MSG_NOSIGNAL));
  char bytes[12];
  EXPECT_EQ(12, ::recv(made, bytes, sizeof bytes, MSG_WAITALL)) << "it is accepted when there are descriptors again";
  ::close(made);
}

TEST(ServerStop, ClosesIdleConnectionsAndReturns) {
  TestServer server;
  Client fresh(server.port), used(server.port);
  EXPECT_EQ(used.ask(get("/hello")).status, 200);
  const auto begun = steady_clock::now();
  server.stop();
  EXPECT_LT(steady_clock::now() - begun, milliseconds(1000));
  EXPECT_TRUE(used.ends());
  EXPECT_TRUE(fresh.ends());
  EXPECT_EQ(server.server->counters().connections_open.load(), 0);
}

TEST(ServerStop, FinishesWhatItHasInHand) {
  TestServer server;
  Client waiting(server.port), sending(server.port);
  waiting.send(post("/later", "x"));
  server.wait_for_later();
  sending.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\nabc");
  ASSERT_TRUE(TestServer::eventually([&] { return server.server->counters().requests.load() == 2; }));
  std::thread stopping([&] { server.stop(); });
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_TRUE(waiting.is_quiet(milliseconds(10)));
  Answer answer = sending.ask("def");
  EXPECT_EQ(answer.body, "abcdef");
  EXPECT_EQ(answer.headers.at("connection"), "close");
  server.answer_later(plain_error(200, "at last"));
  answer = waiting.read();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_TRUE(waiting.ends());
  stopping.join();
}

TEST(ServerStop, DoesNotWaitForever) {
  Limits limits = quick();
  limits.stop_timeout = milliseconds(200);
  limits.body_timeout = limits.header_timeout = milliseconds(60'000);
  TestServer server(limits);
  Client waiting(server.port), silent(server.port), reading(server.port, 32 << 10);
  waiting.send(post("/later", "x"));
  silent.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\nabc");
  server.wait_for_later();
  ASSERT_TRUE(TestServer::eventually([&] { return server.server->counters().requests.load() == 2; }));
  const auto begun = steady_clock::now();
  server.stop();
  EXPECT_LT(steady_clock::now() - begun, milliseconds(1500));
  EXPECT_TRUE(waiting.ends());
  server.answer_later();  // too late, harmless
}

TEST(ServerListen, SaysWhyItCannot) {
  TestServer server;
  Router router;
  base::ByteBudget budget(1);
  Server second({}, budget, router);
  const base::Result<uint16_t> taken = second.listen("127.0.0.1", server.port);
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().code, base::Code::unavailable);
  EXPECT_EQ(taken.error().message, "listening on 127.0.0.1:" + std::to_string(server.port) + ": Address already in use");
  EXPECT_FALSE(second.listen("192.0.2.1", 0).has_value());
  EXPECT_FALSE(second.listen("no such host", 0).has_value());
  EXPECT_TRUE(second.listen("127.0.0.1", 0).has_value()) << "a failure does not spoil the next try";
}

bool has_ipv6() {
  const int probe = ::socket(AF_INET6, SOCK_STREAM, 0);
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_addr = in6addr_loopback;
  const bool bound = probe >= 0 && ::bind(probe, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  if (probe >= 0) ::close(probe);
  return bound;
}

TEST(ServerListen, TakesNamesAndLiterals) {
  Router router;
  base::ByteBudget budget(1);
  std::vector<std::string> hosts = {"localhost", "127.0.0.1", "0.0.0.0"};
  if (has_ipv6()) hosts.insert(hosts.end(), {"[::1]", "::1", "::"});
  for (const std::string& host : hosts) {
    Server server({}, budget, router);
    const base::Result<uint16_t> port = server.listen(host, 0);
    ASSERT_TRUE(port.has_value()) << host << ": " << port.error().message;
    EXPECT_GT(*port, 0);
  }
}

TEST(ServerStop, BeforeRunOrTwiceIsHarmless) {
  Router router;
  base::ByteBudget budget(1);
  Server server({}, budget, router);
  ASSERT_TRUE(server.listen("127.0.0.1", 0).has_value());
  server.stop();
  server.stop();
  server.run();
}

}  // namespace
}  // namespace opik::http

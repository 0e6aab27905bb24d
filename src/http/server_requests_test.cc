// Goal: the server understands requests however they arrive, in order, and answers what it cannot serve as Opik does.
// Method: bytes over real sockets, whole answers compared.

#include "http/server_for_test.h"

namespace opik::http {
namespace {

using std::string_literals::operator""s;

TEST(ServerRequests, AnswersAndKeepsTheConnection) {
  TestServer server;
  Client client(server.port);
  for (int i = 0; i < 3; ++i) {
    const Answer answer = client.ask(get("/hello"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "{\"hello\":1}");
    EXPECT_EQ(answer.headers.at("content-type"), "application/json");
    EXPECT_EQ(answer.headers.count("connection"), 0u);
    EXPECT_EQ(answer.headers.count("date"), 1u);
  }
  EXPECT_EQ(server.server->counters().connections.load(), 1u);
  EXPECT_EQ(server.server->counters().requests.load(), 3u);
  EXPECT_EQ(server.server->counters().responses_2xx.load(), 3u);
}

TEST(ServerRequests, PathsQueriesAndParameters) {
  TestServer server;
  Client client(server.port);
  EXPECT_EQ(client.ask(get("/api/items/a%20b/?q=1+2")).body, "a b?1 2");
  EXPECT_EQ(client.ask(get("http://x/items/7")).body, "7?-");
  EXPECT_EQ(client.ask(get("/items/")).status, 404);
  EXPECT_EQ(client.ask(get("/items//")).status, 404);
  const Answer broken = client.ask(get("/items/%zz"));
  EXPECT_EQ(broken.status, 400);
  EXPECT_EQ(broken.body.rfind("{\"code\":400,", 0), 0u) << broken.body;
  EXPECT_EQ(client.ask(get("/items/8")).body, "8?-") << "the connection stays usable";
}

TEST(ServerRequests, UnknownPathsAndMethods) {
  TestServer server;
  Client client(server.port);
  Answer answer = client.ask(get("/nothing"));
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body, "{\"code\":404,\"message\":\"HTTP 404 Not Found\"}");
  answer = client.ask("PUT /items/7 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.body, "{\"code\":405,\"message\":\"HTTP 405 Method Not Allowed\"}");
  EXPECT_EQ(answer.headers.at("allow"), "GET, DELETE, HEAD, OPTIONS");
  EXPECT_EQ(client.ask("BREW /items/7 HTTP/1.1\r\nHost: x\r\n\r\n").status, 405);
  EXPECT_EQ(client.ask("DELETE /items/7 HTTP/1.1\r\nHost: x\r\n\r\n").status, 204);
  EXPECT_EQ(client.raw_head.find("Content-Length"), std::string::npos);
  EXPECT_EQ(client.ask(post("/nothing", std::string(100'000, 'x'))).status, 404) << "its body is read and thrown away";
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
  EXPECT_EQ(server.server->counters().responses_4xx.load(), 4u);
}

TEST(ServerRequests, OptionsTellsTheMethods) {
  TestServer server;
  Client client(server.port);
  const Answer answer = client.ask("OPTIONS /items/7 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.headers.at("allow"), "GET, DELETE, HEAD, OPTIONS");
  EXPECT_EQ(client.ask("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").status, 204);
  EXPECT_EQ(client.ask("OPTIONS /nothing HTTP/1.1\r\nHost: x\r\n\r\n").status, 404);
}

TEST(ServerRequests, HeadIsGetWithoutTheBody) {
  TestServer server;
  Client client(server.port);
  client.send("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n" + get("/items/1"));
  const Answer head = client.read(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), "11");
  EXPECT_EQ(client.read().body, "1?-");
  client.send("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\nHEAD /nothing HTTP/1.1\r\nHost: x\r\n\r\n" + get("/items/2"));
  EXPECT_EQ(client.read(true).status, 200);
  EXPECT_EQ(client.read(true).status, 404);
  EXPECT_EQ(client.read().body, "2?-");
  EXPECT_EQ(server.stream_given.load(), 0) << "nothing is made that nobody reads";
}

TEST(ServerRequests, PipelinedRequestsAreAnsweredInOrder) {
  TestServer server;
  Client client(server.port);
  std::string all;
  for (int i = 0; i < 200; ++i)
    all += i % 3 == 0   ? post("/echo", std::to_string(i))
           : i % 3 == 1 ? post("/thread", std::to_string(i))
                        : get("/items/" + std::to_string(i));
  std::thread sender([&] { client.send(all); });
  for (int i = 0; i < 200; ++i) ASSERT_EQ(client.read().body, std::to_string(i) + (i % 3 == 2 ? "?-" : "")) << i;
  sender.join();
}

TEST(ServerRequests, EveryCutOfARequestGivesTheSame) {
  TestServer server;
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n4;e=1\r\ndefg\r\n0\r\nT: 1\r\n\r\n";
  const std::string empty = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (const auto& [text, expected] :
       {std::pair<std::string, std::string>{chunked, "abcdefg"}, {post("/echo", "abcdefg"), "abcdefg"}, {empty, ""}}) {
    Client client(server.port);
    for (size_t cut = 1; cut < text.size(); ++cut) {
      client.send(text.substr(0, cut));
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      client.send(text.substr(cut));
      const Answer answer = client.read();
      ASSERT_EQ(answer.status, 200) << cut;
      ASSERT_EQ(answer.body, expected) << cut;
    }
    for (const char c : text) {
      client.send({&c, 1});
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    ASSERT_EQ(client.read().body, expected);
  }
}

TEST(ServerRequests, LargeBodies) {
  TestServer server;
  Client client(server.port);
  std::string body(3 << 20, 'x');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  std::string chunked = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (size_t at = 0; at < body.size(); at += 100'000) {
    const std::string piece = body.substr(at, 100'000);
    char size[20];
    snprintf(size, sizeof size, "%zx\r\n", piece.size());
    chunked += size + piece + "\r\n";
  }
  chunked += "0\r\n\r\n";
  for (const std::string& text : {post("/echo", body), chunked}) {
    std::thread sender([&] { client.send(text); });
    const Answer answer = client.read();
    sender.join();
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body == body);
  }
  EXPECT_EQ(server.server->counters().bytes_out.load(), 2 * body.size());
  EXPECT_GE(server.server->counters().bytes_in.load(), 2 * body.size());
  EXPECT_GT(server.server->counters().body_read_ns.load(), 0u);
}

TEST(ServerRequests, KeepAliveByVersionAndHeader) {
  TestServer server;
  {
    Client client(server.port);
    EXPECT_EQ(client.ask(get("/hello", "Connection: close\r\n")).headers.at("connection"), "close");
    EXPECT_TRUE(client.ends());
  }
  {
    Client client(server.port);
    EXPECT_EQ(client.ask("GET /hello HTTP/1.0\r\n\r\n").headers.at("connection"), "close");
    EXPECT_TRUE(client.ends());
  }
  Client client(server.port);
  EXPECT_EQ(client.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").headers.at("connection"), "keep-alive");
  EXPECT_EQ(client.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").status, 200);
}

TEST(ServerRequests, InvitesAClientThatAsksFirst) {
  TestServer server;
  Client client(server.port);
  const std::string head =
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
  EXPECT_EQ(client.ask(head).status, 100);
  EXPECT_EQ(client.ask("abc").body, "abc");
  EXPECT_EQ(client.ask(head + "abc").body, "abc") << "one that did not wait needs no invitation";
  const Answer refused = client.ask("POST /nothing HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(refused.status, 404) << "the answer instead of an invitation";
  EXPECT_EQ(refused.headers.at("connection"), "close");
}

TEST(ServerRequests, RefusesWhatCouldBeSmuggledAndCloses) {
  TestServer server;
  const std::string hidden = get("/hello");
  const std::vector<std::pair<std::string, int>> attempts = {
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 40\r\n\r\n" + hidden, 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + hidden, 400},
      {"GET /hello HTTP/1.1\r\nHost: x\r\nX: \r\n y\r\n\r\n" + hidden, 400},
      {"GET /hel\0lo HTTP/1.1\r\nHost: x\r\n\r\n"s + hidden, 400},
      {"GARBAGE\r\n\r\n" + hidden, 400},
      {"GET /hello HTTP/1.1\nHost: x\n\n" + hidden, 400},
      {"GET /hello HTTP/3.0\r\nHost: x\r\n\r\n" + hidden, 505},
      {"GET /hello HTTP/1.1\r\n\r\n" + hidden, 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n" +
           hidden,
       400},
  };
  for (const auto& [text, status] : attempts) {
    Client client(server.port);
    const Answer answer = client.ask(text);
    EXPECT_EQ(answer.status, status) << text;
    EXPECT_EQ(answer.body.rfind("{\"code\":" + std::to_string(status), 0), 0u) << answer.body;
    EXPECT_EQ(answer.headers.at("connection"), "close");
    client.end_sending();
    EXPECT_TRUE(client.ends()) << text;
  }
}

TEST(ServerRequests, ContentTypes) {
  TestServer server;
  Client client(server.port);
  const auto with_type = [](std::string method, std::string path, std::string type, std::string body) {
    return method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + (type.empty() ? "" : "Content-Type: " + type + "\r\n") +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  };
  EXPECT_EQ(client.ask(with_type("POST", "/echo", "application/json; charset=utf-8", "{}")).status, 200);
  EXPECT_EQ(client.ask(with_type("POST", "/echo", "APPLICATION/JSON", "{}")).status, 200);
  for (const char* type : {"text/plain", "application/x-protobuf", "application/jsonx", ""}) {
    const Answer answer = client.ask(with_type("POST", "/echo", type, "{}"));
    EXPECT_EQ(answer.status, 415) << type;
    EXPECT_EQ(answer.body, "{\"code\":415,\"message\":\"HTTP 415 Unsupported Media Type\"}");
  }
  EXPECT_EQ(client.ask(with_type("POST", "/echo", "", "")).status, 200) << "nothing needs no type";
  EXPECT_EQ(client.ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").status, 200);
  EXPECT_EQ(client.ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n").status, 415);
  EXPECT_EQ(client.ask(with_type("PUT", "/raw", "image/png", "png")).body, "png");
  EXPECT_EQ(client.ask(with_type("PUT", "/raw", "", "png")).body, "png");
}

TEST(ServerRequests, CrossOrigin) {
  TestServer server;
  Client client(server.port);
  Answer answer = client.ask(get("/hello", "Origin: http://ui:3000\r\n"));
  EXPECT_EQ(answer.headers.at("access-control-allow-origin"), "http://ui:3000");
  EXPECT_EQ(answer.headers.at("access-control-allow-credentials"), "true");
  EXPECT_EQ(answer.headers.at("access-control-expose-headers"), "Location, X-Opik-Actual-Model, X-Opik-Provider");
  EXPECT_NE(client.raw_head.find("Vary: Origin"), std::string::npos);
  answer = client.ask("OPTIONS /anything HTTP/1.1\r\nHost: x\r\nOrigin: http://ui\r\nAccess-Control-Request-Method: PATCH\r\n\r\n");
  EXPECT_EQ(answer.status, 204);
  EXPECT_NE(answer.headers.at("access-control-allow-methods").find("PATCH"), std::string::npos);
  EXPECT_NE(answer.headers.at("access-control-allow-headers").find("Comet-Workspace"), std::string::npos);
  EXPECT_EQ(answer.headers.at("access-control-allow-origin"), "http://ui");
  EXPECT_EQ(client.ask(get("/nothing", "Origin: http://ui\r\n")).headers.at("access-control-allow-origin"), "http://ui");
  EXPECT_EQ(client.ask(get("/hello")).headers.count("access-control-allow-origin"), 0u);

  Limits limits;
  limits.cors = false;
  TestServer closed(limits);
  Client other(closed.port);
  EXPECT_EQ(other.ask(get("/hello", "Origin: http://ui\r\n")).headers.count("access-control-allow-origin"), 0u);
  EXPECT_EQ(other.ask("OPTIONS /nothing HTTP/1.1\r\nHost: x\r\nOrigin: http://ui\r\nAccess-Control-Request-Method: PATCH\r\n\r\n").status,
            404);
}

}  // namespace
}  // namespace opik::http

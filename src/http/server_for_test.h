#pragma once
// For the tests of the server: a server on a free port with routes that show what arrived, and a client that sends bytes as the
// test writes them.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http/server.h"

namespace opik::http {

struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; the last of a name
  std::string body;                            // unchunked
  bool whole = false;
};

class Client {
 public:
  explicit Client(uint16_t port, int receive_bytes = 0) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_bytes > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(0, ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to));
  }
  Client(const Client&) = delete;
  ~Client() { close(); }

  // False: the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  // Closes with a reset instead of the usual end.
  void reset() {
    const linger hard{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }
  void end_sending() { ::shutdown(socket_, SHUT_WR); }

  // The next answer; `whole` is false if the connection ended or five seconds passed before it did.
  Answer read(bool is_head = false) {
    Answer answer;
    size_t end;
    while ((end = inbox_.find("\r\n\r\n")) == std::string::npos) {
      if (!fill()) return answer;
    }
    parse_head(inbox_.substr(0, end + 2), answer);
    raw_head = inbox_.substr(0, end + 4);
    inbox_.erase(0, end + 4);
    if (answer.status == 100 || answer.status == 204 || answer.status == 304 || is_head) {
      answer.whole = true;
    } else if (answer.headers.count("transfer-encoding") > 0) {
      answer.whole = read_chunks(answer.body);
    } else if (answer.headers.count("content-length") > 0) {
      const size_t length = std::stoul(answer.headers["content-length"]);
      while (inbox_.size() < length && fill()) {
      }
      answer.whole = inbox_.size() >= length;
      answer.body = inbox_.substr(0, length);
      inbox_.erase(0, length);
    } else {
      while (fill()) {
      }
      answer.whole = ended_;
      answer.body = std::exchange(inbox_, {});
    }
    return answer;
  }
  Answer ask(std::string_view bytes) {
    send(bytes);
    return read();
  }
  // Whether the server ends the connection within `wait`, with nothing before that.
  bool ends(std::chrono::milliseconds wait = std::chrono::seconds(5)) {
    if (!inbox_.empty()) return false;
    fill(wait);
    return inbox_.empty() && ended_;
  }
  bool is_quiet(std::chrono::milliseconds wait) {
    fill(wait);
    return inbox_.empty() && !ended_;
  }
  std::string raw_head;  // of the last answer

 private:
  bool fill(std::chrono::milliseconds wait = std::chrono::seconds(5)) {
    pollfd ready{socket_, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(wait.count())) <= 0) return false;
    char bytes[16384];
    const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count <= 0) {
      ended_ = true;
      return false;
    }
    inbox_.append(bytes, static_cast<size_t>(count));
    return true;
  }
  static void parse_head(std::string head, Answer& answer) {
    answer.status = std::stoi(head.substr(9, 3));
    size_t at = head.find("\r\n") + 2;
    while (at < head.size()) {
      const size_t colon = head.find(": ", at), end = head.find("\r\n", at);
      std::string name = head.substr(at, colon - at);
      for (char& c : name) c = static_cast<char>(std::tolower(c));
      answer.headers[name] = head.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
  }
  bool read_chunks(std::string& body) {
    for (;;) {
      size_t end;
      while ((end = inbox_.find("\r\n")) == std::string::npos) {
        if (!fill()) return false;
      }
      const size_t size = std::stoul(inbox_.substr(0, end), nullptr, 16);
      while (inbox_.size() < end + 2 + size + 2) {
        if (!fill()) return false;
      }
      body += inbox_.substr(end + 2, size);
      inbox_.erase(0, end + 2 + size + 2);
      if (size == 0) return true;
    }
  }

  int socket_;
  std::string inbox_;
  bool ended_ = false;
};

inline std::string post(std::string_view path, std::string_view body, std::string_view more_headers = "") {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + std::string(more_headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

inline std::string get(std::string_view path, std::string_view more_headers = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(more_headers) + "\r\n";
}

// Counts to `pieces`, and tells when it is destroyed.
class CountingSource final : public BodySource {
 public:
  CountingSource(int pieces, size_t piece_bytes, std::atomic<int>& given, std::atomic<int>& alive)
      : pieces_(pieces), piece_bytes_(piece_bytes), given_(given), alive_(alive) {
    ++alive_;
  }
  ~CountingSource() override { --alive_; }
  bool next(std::string& chunk) override {
    if (pieces_ < 0) throw std::runtime_error("the source broke");
    const int at = given_++;
    chunk.append(piece_bytes_, static_cast<char>('a' + at % 26));
    return at + 1 < pieces_;
  }

 private:
  const int pieces_;
  const size_t piece_bytes_;
  std::atomic<int>& given_;
  std::atomic<int>& alive_;
};

// Routes: POST /echo gives the body back, GET /hello, GET /items/{id}, GET /big (5,000 bytes), POST /later answers when the
// test calls answer_later(), GET /throw, GET /drop (no answer), GET /stream (as the test set it), PUT /raw (any type),
// POST /thread answers from another thread at once.
class TestServer {
 public:
  // `add_more`: further routes, before the server starts.
  explicit TestServer(Limits limits = {}, int64_t budget_bytes = int64_t{1} << 30, const std::function<void(Router&)>& add_more = {})
      : budget(budget_bytes) {
    add_routes();
    if (add_more) add_more(router);
    server.emplace(limits, budget, router);
    base::Result<uint16_t> listening = server->listen("127.0.0.1", 0);
    EXPECT_TRUE(listening.has_value());
    port = *listening;
    runner_ = std::thread([this] { server->run(); });
  }
  ~TestServer() { stop(); }

  void stop() {
    server->stop();
    if (runner_.joinable()) runner_.join();
  }
  void answer_later(Response response = {}) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, std::chrono::seconds(5), [&] { return !later_.empty(); });
    ASSERT_FALSE(later_.empty());
    Reply reply = std::move(later_.front().second);
    later_.erase(later_.begin());
    lock.unlock();
    reply(std::move(response));
  }
  void wait_for_later(size_t count = 1) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(arrived_.wait_for(lock, std::chrono::seconds(5), [&] { return later_.size() >= count; }));
  }
  void forget_later() {
    const std::lock_guard lock(mutex_);
    later_.clear();
  }
  // Waits until `condition` holds, five seconds at most.
  template <class Condition>
  static bool eventually(Condition condition) {
    for (int i = 0; i < 1000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  base::ByteBudget budget;
  Router router;
  std::optional<Server> server;
  uint16_t port = 0;
  std::atomic<int> stream_pieces{3}, stream_given{0}, streams_alive{0};
  std::atomic<size_t> stream_piece_bytes{10};

 private:
  void add_routes() {
    router.add(Method::post, "/echo", [](Request request, Reply reply) { reply(with_body(std::string(request.body.view()))); });
    router.add(Method::get, "/hello", [](Request, Reply reply) { reply(with_body("{\"hello\":1}")); });
    router.add(Method::get, "/items/{id}", [](Request request, Reply reply) {
      reply(with_body(std::string(request.path_param("id")) + "?" + std::string(request.query_value("q").value_or("-"))));
    });
    router.add(Method::del, "/items/{id}", [](Request, Reply reply) {
      Response response;
      response.status = 204;
      reply(std::move(response));
    });
    router.add(Method::get, "/big", [](Request, Reply reply) { reply(with_body(std::string(5000, 'x'))); });
    router.add(Method::get, "/throw", [](Request, Reply) { throw std::runtime_error("no"); });
    router.add(Method::get, "/drop", [](Request, Reply) {});
    router.add(Method::put, "/raw", [](Request request, Reply reply) { reply(with_body(std::string(request.body.view()))); }, {"*"});
    router.add(Method::post, "/later", [this](Request request, Reply reply) {
      const std::lock_guard lock(mutex_);
      later_.emplace_back(std::move(request), std::move(reply));
      arrived_.notify_all();
    });
    router.add(Method::post, "/thread", [](Request request, Reply reply) {
      std::thread([body = std::string(request.body.view()), reply = std::move(reply)] { reply(with_body(body)); }).detach();
    });
    router.add(Method::get, "/stream", [this](Request, Reply reply) {
      Response response;
      response.content_type = "application/x-ndjson";
      response.stream = std::make_unique<CountingSource>(stream_pieces.load(), stream_piece_bytes.load(), stream_given, streams_alive);
      reply(std::move(response));
    });
  }
  static Response with_body(std::string body) {
    Response response;
    response.body = std::move(body);
    return response;
  }

  std::thread runner_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::pair<Request, Reply>> later_;
};

}  // namespace opik::http

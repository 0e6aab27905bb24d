#pragma once
// A small HTTP server for tests: one thread per connection, answers made by the test, everything received remembered.
//
//   TestServer server([](const TestRequest& request) { return http_answer(204); });
//   … "http://127.0.0.1:" + std::to_string(server.port())

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace opik::sdk {

struct TestRequest {
  std::string method, target, body;
  std::map<std::string, std::string> headers;  // names in lower case
  int connection = 0;                          // 1 for the first
};

inline std::string http_answer(int status, const std::string& body = "", const std::string& headers = "") {
  return "HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
}

class TestServer {
 public:
  // What is sent back, byte by byte; empty: the connection is reset instead. Afterwards it stays open unless `close` is set.
  using Answer = std::function<std::string(const TestRequest&)>;

  explicit TestServer(Answer answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(listener_, 64) != 0) std::abort();
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }

  ~TestServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
    ::close(listener_);
  }

  int port() const { return port_; }
  std::string url(const std::string& path = "/") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  int connections() const { return connections_; }
  std::vector<TestRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  void close_after_each_answer() { close_ = true; }

 private:
  void accept_all() {
    for (;;) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      const std::lock_guard lock(mutex_);
      sockets_.push_back(socket);
      threads_.emplace_back([this, socket, number = ++connections_] { serve(socket, number); });
    }
  }

  void serve(int socket, int number) {
    std::string buffer;
    TestRequest request;
    while (read_request(socket, buffer, request)) {
      request.connection = number;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const std::string answer = answer_(request);
      if (answer.empty()) {
        const linger reset{1, 0};
        ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        break;
      }
      size_t sent = 0;
      while (sent < answer.size()) {
        const ssize_t n = ::send(socket, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) break;
        sent += static_cast<size_t>(n);
      }
      if (close_) break;
    }
    const std::lock_guard lock(mutex_);
    for (int& s : sockets_) {
      if (s == socket) s = -1;
    }
    ::close(socket);
  }

  static bool more(int socket, std::string& buffer) {
    char piece[65536];
    const ssize_t n = ::recv(socket, piece, sizeof piece, 0);
    if (n > 0) buffer.append(piece, static_cast<size_t>(n));
    return n > 0;
  }

  static bool read_request(int socket, std::string& buffer, TestRequest& request) {
    size_t end;
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
      if (!more(socket, buffer)) return false;
    }
    request = {};
    const std::string head = buffer.substr(0, end + 2);
    buffer.erase(0, end + 4);
    request.method = head.substr(0, head.find(' '));
    const size_t target = head.find(' ') + 1;
    request.target = head.substr(target, head.find(' ', target) - target);
    for (size_t line = head.find("\r\n") + 2; line < head.size(); line = head.find("\r\n", line) + 2) {
      const size_t colon = head.find(':', line), stop = head.find("\r\n", line);
      std::string name = head.substr(line, colon - line);
      for (char& c : name) c = static_cast<char>(::tolower(c));
      const size_t value = head.find_first_not_of(' ', colon + 1);
      request.headers[name] = value >= stop ? "" : head.substr(value, stop - value);
    }
    const auto length = request.headers.find("content-length");
    const size_t bytes = length == request.headers.end() ? 0 : std::stoul(length->second);
    while (buffer.size() < bytes) {
      if (!more(socket, buffer)) return false;
    }
    request.body = buffer.substr(0, bytes);
    buffer.erase(0, bytes);
    return true;
  }

  Answer answer_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> close_{false};
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_;
  std::vector<TestRequest> requests_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace opik::sdk

#include "null_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace bench {
namespace {

constexpr std::string_view kAnswer = "HTTP/1.1 204 No Content\r\nAccept-Encoding: zstd, gzip\r\n\r\n";

// The number after "Content-Length:", however that is written; 0 without one.
size_t content_length(const std::string& head) {
  const char* at = strcasestr(head.c_str(), "\r\nContent-Length:");
  return at == nullptr ? 0 : std::strtoull(at + 17, nullptr, 10);
}

}  // namespace

NullServer::NullServer() {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), bytes) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &bytes) != 0) {
    std::perror("null server");
    std::exit(1);
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

NullServer::~NullServer() {
  over_ = true;
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (std::thread& server : servers_) server.join();
  close(listener_);
}

std::string NullServer::url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }

void NullServer::accept_all() {
  while (!over_) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) break;
    servers_.emplace_back([this, socket] { serve(socket); });
  }
}

void NullServer::serve(int socket) const {
  const timeval wait{0, 200'000};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  std::vector<char> buffer(1 << 20);
  std::string head;
  size_t body = 0;
  while (!over_) {
    const ssize_t got = recv(socket, buffer.data(), buffer.size(), 0);
    if (got == 0) break;
    if (got < 0) continue;
    std::string_view bytes(buffer.data(), static_cast<size_t>(got));
    if (body == 0) {
      head += bytes;
      const size_t end = head.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      const size_t length = content_length(head.substr(0, end));
      const size_t have = head.size() - end - 4;
      body = length - std::min(length, have);
      if (head.find("Expect: 100-continue") < end) (void)!send(socket, "HTTP/1.1 100 Continue\r\n\r\n", 25, MSG_NOSIGNAL);
      head.clear();
    } else {
      body -= std::min(body, bytes.size());
    }
    if (body == 0 && send(socket, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) < 0) break;
  }
  close(socket);
}

}  // namespace bench

#include "support/http_client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace opik::test {
namespace {

constexpr size_t kReadBytes = 64 << 10;

[[noreturn]] void fail(const std::string& doing) { throw std::runtime_error(doing + ": " + std::strerror(errno)); }

bool starts_with_name(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' &&
         std::equal(name.begin(), name.end(), line.begin(), [](char a, char b) { return a == (b | ('A' <= b && b <= 'Z' ? 0x20 : 0)); });
}

size_t parse_size(std::string_view text, int base) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  size_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value, base).ec != std::errc{}) {
    throw std::runtime_error("reading a length: found '" + std::string(text) + "'");
  }
  return value;
}

}  // namespace

std::string http_request(std::string_view method, std::string_view path, std::string_view body, std::string_view encoding) {
  std::string out;
  out.reserve(body.size() + 256);
  out.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n");
  if (!body.empty()) {
    out.append("Content-Type: application/json\r\nContent-Length: ").append(std::to_string(body.size())).append("\r\n");
    if (!encoding.empty()) out.append("Content-Encoding: ").append(encoding).append("\r\n");
  }
  out.append("\r\n").append(body);
  return out;
}

HttpClient::HttpClient(const std::string& host, uint16_t port) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) fail("making a socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) throw std::runtime_error("reading the address: found '" + host + "'");
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    const int code = errno;
    ::close(fd_);
    errno = code;
    fail("connecting to " + host + ":" + std::to_string(port));
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

HttpClient::~HttpClient() { ::close(fd_); }

HttpReply HttpClient::send(std::string_view request) {
  write_all(request);
  return read_reply();
}

std::vector<HttpReply> HttpClient::send_pipelined(const std::vector<std::string>& requests) {
  std::string bytes;
  for (const std::string& request : requests) bytes += request;
  write_all(bytes);
  std::vector<HttpReply> replies;
  replies.reserve(requests.size());
  for (size_t i = 0; i < requests.size(); ++i) replies.push_back(read_reply());
  return replies;
}

void HttpClient::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("sending");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void HttpClient::fill() {
  if (at_ > 0) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  const size_t had = buffer_.size();
  buffer_.resize(had + kReadBytes);
  ssize_t n = 0;
  do {
    n = ::recv(fd_, buffer_.data() + had, kReadBytes, 0);
  } while (n < 0 && errno == EINTR);
  buffer_.resize(had + static_cast<size_t>(std::max<ssize_t>(n, 0)));
  if (n < 0) fail("receiving");
  if (n == 0) throw std::runtime_error("receiving: the server closed the connection");
}

std::string_view HttpClient::read_line() {
  size_t end = 0;
  while ((end = buffer_.find("\r\n", at_)) == std::string::npos) fill();
  const std::string_view line(buffer_.data() + at_, end - at_);
  at_ = end + 2;
  return line;
}

// What is not in the buffer yet is received where it belongs: the client's own work must not be counted as the server's.
void HttpClient::read_exactly(size_t count, std::string& into) {
  const size_t here = std::min(count, buffer_.size() - at_);
  into.append(buffer_, at_, here);
  at_ += here;
  size_t had = into.size();
  into.resize(had + count - here);
  while (had < into.size()) {
    const ssize_t n = ::recv(fd_, into.data() + had, into.size() - had, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("receiving");
    if (n == 0) throw std::runtime_error("receiving: the server closed the connection");
    had += static_cast<size_t>(n);
  }
}

HttpReply HttpClient::read_reply() {
  HttpReply reply;
  std::string_view line = read_line();
  if (!line.starts_with("HTTP/1.1 ") || line.size() < 12)
    throw std::runtime_error("reading a status line: found '" + std::string(line) + "'");
  reply.status = static_cast<int>(parse_size(line.substr(9, 3), 10));
  size_t length = 0;
  bool chunked = false;
  while (!(line = read_line()).empty()) {
    if (starts_with_name(line, "content-length")) length = parse_size(line.substr(15), 10);
    if (starts_with_name(line, "transfer-encoding")) chunked = line.find("chunked") != std::string_view::npos;
  }
  if (!chunked) {
    read_exactly(length, reply.body);
    return reply;
  }
  while (const size_t size = parse_size(read_line(), 16)) {
    read_exactly(size, reply.body);
    read_line();
  }
  while (!read_line().empty()) {
  }
  return reply;
}

}  // namespace opik::test

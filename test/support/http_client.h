#pragma once
// A blocking HTTP/1.1 client over one kept-alive connection, for the load generator and the property test over HTTP. Small
// on purpose: it knows what opikd sends (Content-Length or chunked bodies) and nothing more.
//
//   HttpClient client("127.0.0.1", 5173);
//   HttpReply reply = client.send(http_request("POST", "/v1/private/traces/batch", body));
//
// One thread at a time. A broken connection or an answer that is not HTTP throws std::runtime_error.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace opik::test {

struct HttpReply {
  int status = 0;
  std::string body;
};

// The bytes of a request. `encoding` empty: identity.
std::string http_request(std::string_view method, std::string_view path, std::string_view body, std::string_view encoding = "");

class HttpClient {
 public:
  HttpClient(const std::string& host, uint16_t port);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Sends and waits for the whole answer.
  HttpReply send(std::string_view request);
  // All of them at once, then all the answers, in order: saves the round trips. The requests must be small (they are written before
  // anything is read).
  std::vector<HttpReply> send_pipelined(const std::vector<std::string>& requests);

 private:
  void write_all(std::string_view bytes);
  HttpReply read_reply();
  std::string_view read_line();  // without its CR LF; valid until the next read
  void read_exactly(size_t count, std::string& into);
  void fill();

  int fd_ = -1;
  std::string buffer_;
  size_t at_ = 0;
};

}  // namespace opik::test

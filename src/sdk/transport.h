#pragma once
// One HTTP request at a time over a kept-alive connection.
//
//   auto transport = make_curl_transport({.base_url = "http://localhost:5173/api/"});
//   base::Result<HttpResponse> response = transport->send({"POST", "v1/private/traces/batch", {}, body}, 20s);
//
// A Result that failed means that no complete answer came; what the server did with the request is then unknown.
// Thread rule: send() from one thread at a time, abort() from any. After fork() the child may go on using the object: its first
// send() drops the parent's connections without a word on them and opens its own.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace opik::sdk {

using HeaderPairs = std::vector<std::pair<std::string, std::string>>;

// Bytes of an open file, sent as a body without being held in memory.
struct FilePart {
  int file = -1;
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

struct HttpRequest {
  std::string method;              // GET, POST, PUT, PATCH, DELETE
  std::string path;                // appended to the base URL ("v1/private/…", a leading slash is ignored), or a whole http(s):// URL
  HeaderPairs headers;             // besides the transport's own
  std::string body;                // Content-Encoding and Content-Type are the caller's headers
  std::optional<FilePart> file{};  // instead of `body`
};

struct HttpResponse {
  int status = 0;
  std::string body;                                      // cut at TransportConfig::response_bytes_max
  std::optional<std::chrono::milliseconds> retry_after;  // from RateLimit-Reset, Retry-After
  bool accepts_zstd = false;                             // the answer carried Accept-Encoding with zstd in it (RFC 7694)
  std::string etag;                                      // as sent, quotes included; what a multipart upload is completed with
};

struct TransportConfig {
  std::string base_url;  // "http://localhost:5173/api/"; a missing slash at the end is added
  // Sent with every request below base_url, and never elsewhere: Authorization, Comet-Workspace, …
  HeaderPairs headers;
  bool check_tls_certificate = true;
  std::string ca_file;  // empty: the library's own
  std::string proxy;    // empty: http_proxy, https_proxy, no_proxy of the environment
  std::string user_agent = "opik-cpp";
  std::chrono::milliseconds connect_timeout{20'000};
  size_t response_bytes_max = 4 << 20;  // a thousand rejections with their reasons are well below 1 MB
};

class Transport {
 public:
  virtual ~Transport() = default;

  // Errors
  //   unavailable  no answer: name, connection, TLS, reset, or `timeout` (of the whole exchange) ran out; worth a retry
  //   busy         abort() was called
  //   invalid      the request, its file or the base URL is none that can be sent; a retry would fail alike
  //   internal     out of memory
  virtual base::Result<HttpResponse> send(const HttpRequest& request, std::chrono::milliseconds timeout) noexcept = 0;

  // Ends the send() that runs, and every later one, with `busy`. Thread-safe, at once, not to be taken back.
  virtual void abort() noexcept = 0;
};

std::unique_ptr<Transport> make_curl_transport(const TransportConfig& config);

// How long a server asks to wait, by its headers (empty: absent). RateLimit-Reset is in seconds (fractions too; from 10^9 on, the
// time itself); Retry-After is in seconds or an HTTP date. RateLimit-Reset wins, and what cannot be read is passed over.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view rate_limit_reset, std::string_view retry_after,
                                                           int64_t now_unix_s);

}  // namespace opik::sdk

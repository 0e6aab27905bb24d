#pragma once
// The HTTP/1.1 server: keep-alive, pipelining, chunked and compressed bodies, limits on everything. A second door, for gRPC, is
// opened only if asked for.
//
//   Server server(limits, budget, router);
//   Result<uint16_t> port = server.listen("127.0.0.1", 5173);   // 0: any free port
//   server.run();                                               // returns after stop()
//
// stop() may be called from any thread: no new connections, requests in hand are answered, then run() returns.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/byte_budget.h"
#include "base/result.h"
#include "http/router.h"

namespace opik::http {

struct Limits {
  size_t body_bytes_max = size_t{256} << 20;         // inflated; beyond: 413
  size_t header_bytes_max = 64 << 10;                // request line and headers; beyond: 431
  size_t connections_max = 4096;                     // beyond: accepted and closed
  std::chrono::milliseconds header_timeout{15'000};  // first byte of a request to end of its headers; beyond: 408
  std::chrono::milliseconds body_timeout{60'000};    // without any progress while a body is read; beyond: 408
  std::chrono::milliseconds idle_timeout{75'000};    // between requests; beyond: closed silently
  std::chrono::milliseconds write_timeout{60'000};   // without any progress while a response is written; beyond: closed
  std::chrono::milliseconds stop_timeout{20'000};    // how long stop() waits for requests in hand
  int threads = 0;                                   // 0: one per core, at least two
  bool cors = true;                                  // answer browsers of any origin, with credentials
};

struct Counters {
  std::atomic<uint64_t> connections{0};  // accepted
  std::atomic<int64_t> connections_open{0};
  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> responses_2xx{0}, responses_3xx{0}, responses_4xx{0}, responses_5xx{0};
  std::atomic<uint64_t> refused_busy{0};            // 429
  std::atomic<uint64_t> bytes_in{0}, bytes_out{0};  // bodies on the wire
  std::atomic<uint64_t> body_read_ns{0};            // CPU time spent reading bodies
  std::atomic<uint64_t> inflate_ns{0};              // CPU time spent inflating bodies

  void count_response(int status);
};

class Server {
 public:
  // `budget` and `router` must outlive the server.
  Server(const Limits& limits, base::ByteBudget& budget, const Router& router);
  ~Server();
  Server(const Server&) = delete;

  // Code::unavailable with the address and the system's reason (for instance: address already in use).
  base::Result<uint16_t> listen(const std::string& host, uint16_t port);
  // The door for gRPC, in clear: its methods are routes "/package.Service/Method" of Method::post, which take one message and answer
  // one (grpc_status.h says how a call fails). Limits and budget are those of the server. `methods` must outlive it.
  base::Result<uint16_t> listen_grpc(const std::string& host, uint16_t port, const Router& methods);
  void run();
  void stop();

  const Counters& counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace opik::http

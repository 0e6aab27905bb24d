#pragma once
// Writes one response to its connection: packed if the client takes that, a stream piece by piece as fast as the client reads.

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "http/message.h"
#include "http/request_parser.h"
#include "http/response_head.h"
#include "http/server.h"
#include "http/wire.h"

namespace opik::http {

// Bodies up to this size are not packed: the client would gain less than a packet.
inline constexpr size_t kPackBytesMin = 1024;

// What an answer has to know of its request.
struct Exchange {
  bool is_head = false;
  bool is_http_1_0 = false;
  bool takes_gzip = false;
  bool close = true;                       // the connection ends with this answer
  std::optional<std::string> cors_origin;  // to allow

  static Exchange of(const Head& head, const Request& request, bool cors);
};

class ResponseWriter {
 public:
  struct Of {
    const Limits& limits;
    Counters& counters;
    Wire& wire;
    Exchange& exchange;                 // `close` is set if the response cannot end otherwise
    const std::atomic<bool>& stopping;  // the server: what is pushed ends
    std::shared_ptr<void> connection;   // that the wire belongs to: kept by what is on its way to it from other threads
  };
  explicit ResponseWriter(const Of& of) : of_(of) {}

  // False: the client has gone, or does not read, or a stream broke off; the connection must be closed.
  Task<bool> write(Response response);

 private:
  Task<bool> write_sized(Response& response);
  Task<bool> write_stream(Response& response);
  Task<bool> write_pushed(Response& response);
  HeadFacts facts() const;

  Of of_;
};

}  // namespace opik::http

#pragma once
// The calls of one gRPC connection: bytes of HTTP/2 in, whole requests out; answers in, bytes out. No sockets here.
//
//   calls.receive(bytes);
//   while (std::optional<GrpcCall> call = calls.next()) ...       // one message each (unary), unpacked
//   calls.answer(call->stream, response);                          // when it is there
//   std::string_view bytes = calls.to_send();                      // empty: nothing to send now
//
// What HTTP/2 asks for (frames, HPACK, windows, refusals of what is no HTTP/2) is libnghttp2's. What is ours: which methods there
// are, and limits. A message takes its room from the server's budget before it is there; without room, or with a message, packing or
// method that is none, the call is answered here and the rest of its stream thrown away. One thread at a time.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_budget.h"
#include "http/grpc_message.h"
#include "http/grpc_status.h"
#include "http/negotiation.h"
#include "http/router.h"
#include "http/server.h"

struct nghttp2_session;

namespace opik::http {

inline constexpr uint32_t kGrpcCallsMax = 32;          // of a connection at once; an exporter has one or a few
inline constexpr size_t kGrpcCallsInHandMax = 64;      // with those that the client gave up and a handler still works on
inline constexpr uint32_t kGrpcWindowBytes = 1 << 20;  // what may be on its way of a call, unasked: nothing of it is kept
inline constexpr int32_t kGrpcConnectionWindowBytes = 4 << 20;

struct GrpcCall {
  int32_t stream = 0;
  Request request;
  const Handler* handler = nullptr;
};

class GrpcCalls {
 public:
  struct Of {
    const Limits& limits;
    Counters& counters;
    base::ByteBudget& budget;
    const Router& methods;  // "/package.Service/Method", as Method::post
  };
  GrpcCalls(const Of& of, int64_t now_ns);
  ~GrpcCalls();
  GrpcCalls(const GrpcCalls&) = delete;

  void receive(std::string_view bytes, int64_t now_ns);
  std::optional<GrpcCall> next();
  // Does nothing if the client has given the call up.
  void answer(int32_t stream, Response response);
  // Valid until the next call of anything.
  std::string_view to_send();

  // No calls any more, but those that are there are answered.
  void go_away();
  bool is_going() const { return going_; }
  // Nothing comes any more and nothing is to be sent: the connection can be closed.
  bool is_done() const;

  // When expire() is to be asked next; nothing while only handlers are waited for.
  std::optional<int64_t> late_at_ns() const;
  // Refuses the calls that are late; says goodbye if there have been none for long.
  void expire(int64_t now_ns);

 private:
  struct Stream;
  struct Callbacks;
  enum class Saying : uint8_t { nothing, http_2, other };

  Stream* find(int32_t id);
  void begin(Stream& stream);
  void take(Stream& stream, std::string_view piece);
  void end(Stream& stream);
  bool unpack(Stream& stream, base::PaddedBuffer& message);
  void refuse(Stream& stream, int status, GrpcCode code, std::string_view message);
  void refuse_http(Stream& stream, int status);
  void forget(int32_t id);

  const Of of_;
  nghttp2_session* session_ = nullptr;
  std::map<int32_t, std::unique_ptr<Stream>> streams_;
  std::vector<int32_t> whole_;  // not yet given to next()
  std::string outbox_;
  size_t header_bytes_ = 0;  // of all streams
  int64_t now_ns_ = 0, quiet_since_ns_ = 0;
  Saying saying_ = Saying::nothing;
  bool settled_ = false;  // the client's first frame is there
  bool broken_ = false;
  bool going_ = false;
};

}  // namespace opik::http

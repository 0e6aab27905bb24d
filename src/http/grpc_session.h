#pragma once
// One connection of gRPC: calls in, answers out, each when it is there.
//
//   read > GrpcCalls > handler ... reply > GrpcCalls > write

#include <cstdint>
#include <map>
#include <vector>

#include "http/connection.h"
#include "http/grpc_calls.h"
#include "http/inbox.h"
#include "http/pending_reply.h"

namespace opik::http {

class GrpcSession final : public Connection {
 public:
  // The house has methods.
  GrpcSession(House& house, Socket socket);
  ~GrpcSession() override;

 private:
  struct InHand;

  Task<void> converse() override;
  Task<void> talk();
  Task<bool> send();
  Task<void> linger();
  void ask(GrpcCall call);
  void answer_ready();

  GrpcCalls calls_;
  Inbox inbox_;
  std::map<int32_t, InHand> in_hand_;
  std::vector<int32_t> ready_;  // of those in hand: their answer is there
};

}  // namespace opik::http

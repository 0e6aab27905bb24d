#pragma once
// Reads the head of one request from bytes as they come. Pure, no sockets.
//
//   RequestParser parser(header_bytes_max);
//   auto step = parser.head(bytes);        // more: drop step.taken bytes, come again with what is left and what has come since
//
// Stricter than the parser beneath: what two readers could understand differently (two lengths, a length and chunks, a length
// that is not digits alone, codings other than chunked, no or two Hosts) is refused, and the connection must be closed.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/message.h"

namespace opik::http {

struct Head {
  Method method = Method::other;
  std::string target;
  Pairs headers;  // names in lower case
  bool is_http_1_0 = false;
  bool keep_alive = false;
  bool expects_continue = false;
  bool chunked = false;
  uint64_t content_length = 0;

  bool has_body() const { return chunked || content_length > 0; }
};

struct Refusal {
  int status = 0;
  std::string message;
};

inline constexpr size_t kHeadersMax = 512;

class RequestParser {
 public:
  explicit RequestParser(size_t header_bytes_max);
  ~RequestParser();

  enum class State { more, done, refused };
  struct Step {
    State state = State::more;
    size_t taken = 0;
  };
  Step head(std::string_view bytes);

  Head& parsed() { return head_; }
  const Refusal& refusal() const { return refusal_; }

 private:
  class Beast;
  Step refuse(int status, std::string message);
  bool check_head();

  std::unique_ptr<Beast> beast_;
  const size_t header_bytes_max_;
  size_t head_bytes_ = 0;
  Head head_;
  Refusal refusal_;
};

}  // namespace opik::http

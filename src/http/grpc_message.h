#pragma once
// The one message of a call, as the pieces of its stream come:
//
//   flag (1 byte: 0 plain, 1 packed)   length (4 bytes, big-endian)   message

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/padded_buffer.h"

namespace opik::http {

inline constexpr size_t kGrpcPrefixBytes = 5;

class GrpcMessageReader {
 public:
  enum class State : uint8_t {
    more,
    whole,
    malformed,  // a flag that is neither
    refused,    // by `admit`
    second,     // bytes behind the message: this is not the stream of a call with one
  };

  // `admit(length)` is asked once, before there is room for the message. What comes after a refusal changes nothing.
  State add(std::string_view piece, const std::function<bool(uint32_t length)>& admit);
  State state() const { return state_; }
  bool is_packed() const { return prefix_[0] == 1; }
  base::PaddedBuffer take() { return std::move(message_); }

 private:
  State read_prefix(const std::function<bool(uint32_t length)>& admit);

  State state_ = State::more;
  unsigned char prefix_[kGrpcPrefixBytes] = {};
  size_t prefix_bytes_ = 0;
  base::PaddedBuffer message_;
  size_t message_bytes_ = 0;
};

// What stands before a plain message of so many bytes.
std::string grpc_prefix(uint32_t length);

}  // namespace opik::http

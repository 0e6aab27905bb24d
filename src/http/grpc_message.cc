#include "http/grpc_message.h"

#include <algorithm>
#include <cstring>

namespace opik::http {

GrpcMessageReader::State GrpcMessageReader::add(std::string_view piece, const std::function<bool(uint32_t length)>& admit) {
  if (state_ == State::whole && !piece.empty()) state_ = State::second;
  if (state_ != State::more) return state_;
  if (prefix_bytes_ < kGrpcPrefixBytes) {
    const size_t count = std::min(piece.size(), kGrpcPrefixBytes - prefix_bytes_);
    std::memcpy(prefix_ + prefix_bytes_, piece.data(), count);
    prefix_bytes_ += count;
    piece.remove_prefix(count);
    if (prefix_bytes_ < kGrpcPrefixBytes) return state_;
    state_ = read_prefix(admit);
    if (state_ != State::more) return state_;
  }
  const size_t count = std::min(piece.size(), message_.size() - message_bytes_);
  if (count > 0) std::memcpy(message_.data() + message_bytes_, piece.data(), count);
  message_bytes_ += count;
  if (message_bytes_ == message_.size()) state_ = count < piece.size() ? State::second : State::whole;
  return state_;
}

GrpcMessageReader::State GrpcMessageReader::read_prefix(const std::function<bool(uint32_t length)>& admit) {
  if (prefix_[0] > 1) return State::malformed;
  uint32_t length = 0;
  for (size_t i = 1; i < kGrpcPrefixBytes; ++i) length = length << 8 | prefix_[i];
  if (!admit(length)) return State::refused;
  message_.resize(length);
  return State::more;
}

std::string grpc_prefix(uint32_t length) {
  std::string prefix(kGrpcPrefixBytes, '\0');
  for (size_t i = 1; i < kGrpcPrefixBytes; ++i) prefix[i] = static_cast<char>(length >> (8 * (kGrpcPrefixBytes - 1 - i)) & 0xff);
  return prefix;
}

}  // namespace opik::http

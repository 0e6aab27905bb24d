#include "http/chunk_decoder.h"

#include <algorithm>

namespace opik::http {
namespace {

constexpr int kDigitsMax = 16;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

ChunkDecoder::Step ChunkDecoder::decode(std::string_view bytes) {
  Step step;
  while (step.taken < bytes.size() && at_ != At::end) {
    if (at_ == At::body) {
      step.body = bytes.substr(step.taken, static_cast<size_t>(std::min<uint64_t>(left_, bytes.size() - step.taken)));
      step.taken += step.body.size();
      left_ -= step.body.size();
      if (left_ == 0) at_ = At::body_cr;
      return step;
    }
    step.state = take(bytes[step.taken]);
    if (step.state != State::more) return step;
    ++step.taken;
  }
  if (at_ == At::end) step.state = State::done;
  return step;
}

ChunkDecoder::State ChunkDecoder::take(char c) {
  const auto expect = [&](char wanted, At next) {
    at_ = next;
    return c == wanted ? State::more : State::malformed;
  };
  switch (at_) {
    case At::size:
      return take_size(c);
    case At::extension:
      return take_dropped(c, At::size_lf);
    case At::size_lf:
      return expect('\n', left_ > 0 ? At::body : At::line);
    case At::body_cr:
      return expect('\r', At::body_lf);
    case At::body_lf:
      digits_ = 0;
      return expect('\n', At::size);
    case At::line:
      if (c == '\r') return expect('\r', At::last_lf);
      at_ = At::trailer;
      return take_dropped(c, At::trailer_lf);
    case At::trailer:
      return take_dropped(c, At::trailer_lf);
    case At::trailer_lf:
      return expect('\n', At::line);
    case At::last_lf:
      return expect('\n', At::end);
    case At::body:
    case At::end:
      break;
  }
  return State::malformed;
}

ChunkDecoder::State ChunkDecoder::take_size(char c) {
  if (const int digit = hex_digit(c); digit >= 0) {
    if (++digits_ > kDigitsMax) return State::malformed;
    left_ = left_ * 16 + static_cast<uint64_t>(digit);
    return State::more;
  }
  if (digits_ == 0 || (c != '\r' && c != ';')) return State::malformed;
  at_ = c == '\r' ? At::size_lf : At::extension;
  return State::more;
}

ChunkDecoder::State ChunkDecoder::take_dropped(char c, At after_cr) {
  if (c == '\r') {
    at_ = after_cr;
    return State::more;
  }
  if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return State::malformed;
  return ++dropped_bytes_ > dropped_bytes_max_ ? State::too_large : State::more;
}

}  // namespace opik::http

#pragma once
// Takes the chunks of a chunked body apart, from bytes as they come. Pure, no memory of its own.
//
//   ChunkDecoder decoder(header_bytes_max);
//   ChunkDecoder::Step step = decoder.decode(bytes);   // step.body is a piece of `bytes`; drop step.taken and come again
//
//   chunk   = 1*16 hex digits [";" anything] CRLF, that many bytes, CRLF
//   body    = *chunk, a chunk of size 0 without its bytes and CRLF, *(trailer line CRLF), CRLF
//
// Extensions and trailers are dropped; together they may have `dropped_bytes_max`. A lone CR or LF or another control character
// in them is refused: others may see the end of a line there. (Beast's own decoder ends the process when the last bytes of an
// empty body come one by one, so it is not used for this.)

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace opik::http {

class ChunkDecoder {
 public:
  explicit ChunkDecoder(size_t dropped_bytes_max) : dropped_bytes_max_(dropped_bytes_max) {}

  enum class State { more, done, malformed, too_large };
  struct Step {
    State state = State::more;
    size_t taken = 0;
    std::string_view body;
  };
  // Up to and including the next piece of the body. `more` with nothing taken: come again with more bytes.
  Step decode(std::string_view bytes);

 private:
  enum class At { size, extension, size_lf, body, body_cr, body_lf, line, trailer, trailer_lf, last_lf, end };

  State take(char c);
  State take_size(char c);
  State take_dropped(char c, At after_cr);

  const size_t dropped_bytes_max_;
  size_t dropped_bytes_ = 0;
  At at_ = At::size;
  int digits_ = 0;
  uint64_t left_ = 0;  // of the chunk
};

}  // namespace opik::http

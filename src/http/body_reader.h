#pragma once
// Reads the body of one request from its connection, within the limits and the budget.
//
// With a Content-Length, what has come with the head is copied and the rest read straight from the socket into its place.
// A body for which there is no room is read and thrown away, so that the client reads the answer instead of a broken pipe.

#include <cstdint>

#include "base/byte_budget.h"
#include "base/padded_buffer.h"
#include "http/inbox.h"
#include "http/request_parser.h"
#include "http/server.h"
#include "http/wire.h"

namespace opik::http {

// Bodies up to this size are counted but pass even when the budget is used up: control calls must work under load.
inline constexpr size_t kAlwaysAdmittedBytes = 64 << 10;
// How much more than the largest body is read and thrown away for a client that sends too much. Beyond: the connection is closed.
inline constexpr size_t kDiscardBytesMax = size_t{64} << 20;
// A body that makes some progress must still come at this rate once a minute has passed, or a trickle could hold the budget.
inline constexpr uint64_t kBodyBytesPerSecondMin = 1024;
bool is_trickle(uint64_t received_bytes, int64_t elapsed_ns);

// What one request draws from the budget.
class Admission {
 public:
  explicit Admission(base::ByteBudget& budget) : budget_(budget) {}

  // Makes the hold at least `bytes`. False: no room.
  bool cover(size_t bytes);
  // Gives back what was drawn too much.
  void settle(size_t bytes);
  base::ByteBudget::Hold take() { return std::move(hold_); }
  void release() { hold_.release(); }

 private:
  base::ByteBudget& budget_;
  base::ByteBudget::Hold hold_;
};

enum class BodyEnd {
  whole,      // read (or, by discard(), thrown away) to its end
  busy,       // thrown away to its end: no room
  too_large,  // left where it was
  left,       // discard() would have had to read too much, or the client waits to be told to send
  malformed,  // not chunks
  overlong,   // chunks with too much beside their bytes
  late,
  gone,
};

class BodyReader {
 public:
  struct Of {
    const Limits& limits;
    Counters& counters;
    Wire& wire;
    Inbox& inbox;
    const Head& head;
    Admission& admission;
  };
  explicit BodyReader(const Of& of) : of_(of) {}

  Task<BodyEnd> read(base::PaddedBuffer& body);
  // Hands the body on while it comes, whatever its size: too_large beyond `bytes_max`. What the sink takes no more is thrown away;
  // with much of it to come the answer is `left`.
  Task<BodyEnd> read_into(BodySink& sink, uint64_t bytes_max);
  Task<BodyEnd> discard();

 private:
  struct Got {
    size_t count = 0;
    bool ended = false;
  };
  Got read_segment(char* to, size_t room);
  void count_in(size_t bytes);
  uint64_t discard_bytes_max() const { return of_.limits.body_bytes_max + kDiscardBytesMax; }
  Task<BodyEnd> invite();
  Task<BodyEnd> more(char* to, size_t room, size_t& got);
  Task<BodyEnd> read_sized(base::PaddedBuffer& body);
  Task<BodyEnd> discard_sized();
  Task<BodyEnd> read_chunked(base::PaddedBuffer* body);
  Task<BodyEnd> hand_on(BodySink& sink, uint64_t bytes_max);

  Of of_;
  int64_t begun_ns_ = 0;
  uint64_t received_ = 0;
};

}  // namespace opik::http

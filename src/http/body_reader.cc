#include "http/body_reader.h"

#include <algorithm>
#include <cstring>

#include "base/cpu_time.h"
#include "http/chunk_decoder.h"

namespace opik::http {
namespace {

// Read at a stretch before other connections of the thread get their turn.
constexpr size_t kSegmentBytes = 1 << 20;
// With more than this to come, a wake for every packet that arrives would cost more than the copy.
constexpr size_t kLowWaterFrom = 64 << 10;
constexpr int64_t kRateGraceNs = 60'000'000'000;

}  // namespace

bool is_trickle(uint64_t received_bytes, int64_t elapsed_ns) {
  if (elapsed_ns < kRateGraceNs) return false;
  return received_bytes < static_cast<uint64_t>(elapsed_ns / 1'000'000'000) * kBodyBytesPerSecondMin;
}

bool Admission::cover(size_t bytes) {
  const int64_t missing = static_cast<int64_t>(bytes) - hold_.bytes();
  if (missing <= 0) return true;
  if (hold_.bytes() > 0) {
    if (hold_.grow(missing)) return true;
  } else if (auto taken = budget_.take(missing)) {
    hold_ = std::move(*taken);
    return true;
  }
  return bytes <= kAlwaysAdmittedBytes;
}

void Admission::settle(size_t bytes) {
  if (hold_.bytes() <= 2 * static_cast<int64_t>(bytes)) return;
  if (auto exact = budget_.take(static_cast<int64_t>(bytes))) hold_ = std::move(*exact);
}

Task<BodyEnd> BodyReader::read(base::PaddedBuffer& body) {
  begun_ns_ = steady_ns();
  const BodyEnd end = of_.head.chunked ? co_await read_chunked(&body) : co_await read_sized(body);
  of_.wire.clear_deadline();
  co_return end;
}

Task<BodyEnd> BodyReader::read_into(BodySink& sink, uint64_t bytes_max) {
  begun_ns_ = steady_ns();
  const BodyEnd end = co_await hand_on(sink, bytes_max);
  of_.wire.clear_deadline();
  co_return end;
}

Task<BodyEnd> BodyReader::discard() {
  begun_ns_ = steady_ns();
  if (of_.head.expects_continue && of_.inbox.empty()) co_return BodyEnd::left;
  const BodyEnd end = of_.head.chunked ? co_await read_chunked(nullptr) : co_await discard_sized();
  of_.wire.clear_deadline();
  co_return end;
}

Task<BodyEnd> BodyReader::read_sized(base::PaddedBuffer& body) {
  const uint64_t length = of_.head.content_length;
  if (length > of_.limits.body_bytes_max) co_return BodyEnd::too_large;
  if (!of_.admission.cover(length)) {
    const BodyEnd end = co_await discard();
    co_return end == BodyEnd::whole ? BodyEnd::busy : end;
  }
  if (const BodyEnd invited = co_await invite(); invited != BodyEnd::whole) co_return invited;

  body.resize(length);
  size_t have = std::min<size_t>(length, of_.inbox.size());
  std::memcpy(body.data(), of_.inbox.view().data(), have);
  of_.inbox.drop(have);
  count_in(have);
  while (have < length) {
    size_t got = 0;
    of_.wire.set_low_water(length - have > kLowWaterFrom ? length - have : 1);
    const BodyEnd end = co_await more(body.data() + have, length - have, got);
    if (end != BodyEnd::whole) co_return end;
    have += got;
    count_in(got);
  }
  of_.wire.set_low_water(1);
  co_return BodyEnd::whole;
}

Task<BodyEnd> BodyReader::discard_sized() {
  uint64_t left = of_.head.content_length;
  if (left > discard_bytes_max()) co_return BodyEnd::left;
  for (;;) {
    const size_t here = std::min<uint64_t>(left, of_.inbox.size());
    of_.inbox.drop(here);
    count_in(here);
    left -= here;
    if (left == 0) co_return BodyEnd::whole;
    const Inbox::Room room = of_.inbox.room();
    size_t got = 0;
    const BodyEnd end = co_await more(room.at, room.size, got);
    if (end != BodyEnd::whole) co_return end;
    of_.inbox.add(got);
  }
}

// `body` null: throws it away.
Task<BodyEnd> BodyReader::read_chunked(base::PaddedBuffer* body) {
  const bool wanted = body != nullptr;
  if (const BodyEnd invited = co_await invite(); invited != BodyEnd::whole) co_return invited;
  ChunkDecoder decoder(of_.limits.header_bytes_max);
  uint64_t bytes = 0;
  for (;;) {
    const ChunkDecoder::Step step = decoder.decode(of_.inbox.view());
    if (step.state == ChunkDecoder::State::malformed) co_return BodyEnd::malformed;
    if (step.state == ChunkDecoder::State::too_large) co_return BodyEnd::overlong;
    if (!step.body.empty()) {
      const uint64_t sum = bytes + step.body.size();
      if (wanted && sum > of_.limits.body_bytes_max) co_return BodyEnd::too_large;
      if (sum > discard_bytes_max()) co_return BodyEnd::left;
      if (body != nullptr && sum > body->size()) {
        const size_t room = std::min<size_t>(std::max<size_t>({sum, 2 * body->size(), 16 << 10}), of_.limits.body_bytes_max);
        if (of_.admission.cover(room)) {
          body->resize(room);
        } else {
          *body = base::PaddedBuffer();
          of_.admission.release();
          body = nullptr;
        }
      }
      if (body != nullptr) std::memcpy(body->data() + bytes, step.body.data(), step.body.size());
      bytes = sum;
    }
    of_.inbox.drop(step.taken);
    count_in(step.taken);
    if (step.state == ChunkDecoder::State::done) break;
    if (step.taken > 0) continue;
    const Inbox::Room room = of_.inbox.room();
    size_t got = 0;
    const BodyEnd end = co_await more(room.at, room.size, got);
    if (end != BodyEnd::whole) co_return end;
    of_.inbox.add(got);
  }
  if (body != nullptr) {
    body->resize(bytes);
    of_.admission.settle(bytes);
  }
  co_return wanted&& body == nullptr ? BodyEnd::busy : BodyEnd::whole;
}

// Through the inbox, so that a body of any size takes no more memory than a head.
Task<BodyEnd> BodyReader::hand_on(BodySink& sink, uint64_t bytes_max) {
  const bool is_chunked = of_.head.chunked;
  const uint64_t length = of_.head.content_length;
  if (!is_chunked && length > bytes_max) co_return BodyEnd::too_large;
  if (const BodyEnd invited = co_await invite(); invited != BodyEnd::whole) co_return invited;
  ChunkDecoder decoder(of_.limits.header_bytes_max);
  uint64_t bytes = 0, thrown_away = 0, at_a_stretch = 0;
  bool is_taken = true;
  for (;;) {
    ChunkDecoder::Step step;
    if (is_chunked) {
      step = decoder.decode(of_.inbox.view());
      if (step.state == ChunkDecoder::State::malformed) co_return BodyEnd::malformed;
      if (step.state == ChunkDecoder::State::too_large) co_return BodyEnd::overlong;
    } else {
      step.body = of_.inbox.view().substr(0, length - bytes);
      step.taken = step.body.size();
      if (bytes + step.taken == length) step.state = ChunkDecoder::State::done;
    }
    bytes += step.body.size();
    if (bytes > bytes_max) co_return BodyEnd::too_large;
    if (is_taken && !step.body.empty()) is_taken = sink.write(step.body);
    if (!is_taken) thrown_away += step.body.size();
    if (thrown_away > kDiscardBytesMax) co_return BodyEnd::left;
    of_.inbox.drop(step.taken);
    count_in(step.taken);
    if (step.state == ChunkDecoder::State::done) co_return BodyEnd::whole;
    if (step.taken > 0) continue;
    const Inbox::Room room = of_.inbox.room();
    size_t got = 0;
    if (const BodyEnd end = co_await more(room.at, room.size, got); end != BodyEnd::whole) co_return end;
    of_.inbox.add(got);
    at_a_stretch += got;
    if (at_a_stretch < kSegmentBytes) continue;
    at_a_stretch = 0;
    co_await of_.wire.yield();
  }
}

// Tells a client that waits for it to send.
Task<BodyEnd> BodyReader::invite() {
  if (!of_.head.expects_continue || !of_.inbox.empty()) co_return BodyEnd::whole;
  static char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";
  iovec piece{kContinue, sizeof kContinue - 1};
  co_return co_await of_.wire.write({&piece, 1}, of_.limits.write_timeout) ? BodyEnd::whole : BodyEnd::gone;
}

// Waits until something comes, and reads it: at least one byte if the answer is whole.
Task<BodyEnd> BodyReader::more(char* to, size_t room, size_t& got) {
  of_.wire.set_deadline(of_.limits.body_timeout);
  bool is_late = false;
  for (;;) {
    const Got read = read_segment(to, room);
    if (read.count > 0) {
      received_ += read.count;
      if (is_trickle(received_, steady_ns() - begun_ns_)) co_return BodyEnd::late;
      if (read.count >= kSegmentBytes) co_await of_.wire.yield();
      got = read.count;
      co_return BodyEnd::whole;
    }
    if (read.ended) co_return BodyEnd::gone;
    if (is_late) co_return BodyEnd::late;
    is_late = co_await of_.wire.wait_readable() == Wake::late;  // something below the low water may be there all the same
  }
}

BodyReader::Got BodyReader::read_segment(char* to, size_t room) {
  const base::CpuTimer meter(of_.counters.body_read_ns);
  Got got;
  while (got.count < std::min(room, kSegmentBytes)) {
    const ssize_t count = of_.wire.read_now(to + got.count, room - got.count);
    if (count == Wire::kNothing) break;
    if (count == Wire::kEnd) {
      got.ended = true;
      break;
    }
    got.count += static_cast<size_t>(count);
  }
  return got;
}

void BodyReader::count_in(size_t bytes) { of_.counters.bytes_in.fetch_add(bytes, std::memory_order_relaxed); }

}  // namespace opik::http

#include "http/response_writer.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/post.hpp>
#include <ctime>

#include "http/gzip.h"
#include "http/negotiation.h"
#include "http/pending_reply.h"
#include "http/push_stream.h"

namespace opik::http {
namespace {

bool has_no_body(int status) { return status == 204 || status == 304 || status < 200; }

iovec piece_of(std::string& text) { return {text.data(), text.size()}; }

// Puts a piece of a body between what HTTP wants around it.
void frame(const std::string& piece, bool is_chunked, bool is_last, std::string& prefix, std::string& suffix) {
  suffix.clear();
  if (!is_chunked) return;
  if (!piece.empty()) {
    prefix += fmt::format("{:x}\r\n", piece.size());
    suffix = "\r\n";
  }
  if (is_last) suffix += "0\r\n\r\n";
}

// Rung on any thread by who pushes; heard on the connection's strand.
class Bell final : public PushStream::Waiter {
 public:
  Bell(Wire& wire, std::shared_ptr<void> connection, std::shared_ptr<PushStream> stream)
      : wire_(wire), connection_(std::move(connection)), stream_(std::move(stream)) {}
  void wake() override {
    boost::asio::post(wire_.strand(), [&wire = wire_, connection = connection_, stream = stream_] {
      // A connection that is stuck in sending would not hear that it is dropped.
      if (stream->was_dropped()) return wire.close();
      wire.wake();
    });
  }

 private:
  Wire& wire_;
  const std::shared_ptr<void> connection_;
  const std::shared_ptr<PushStream> stream_;
};

struct Leaving {
  PushStream& stream;
  ~Leaving() { stream.abandon(); }
};

// Pulls from the source until it has given something or has ended. False: it threw.
struct Pulled {
  bool ok = true;
  bool more = false;
};
Pulled pull(BodySource& source, std::string& chunk) {
  chunk.clear();
  try {
    Pulled pulled;
    do {
      pulled.more = source.next(chunk);
    } while (pulled.more && chunk.empty());
    return pulled;
  } catch (...) {
    return {.ok = false, .more = false};
  }
}

}  // namespace

Exchange Exchange::of(const Head& head, const Request& request, bool cors) {
  Exchange exchange;
  exchange.is_head = head.method == Method::head;
  exchange.is_http_1_0 = head.is_http_1_0;
  exchange.takes_gzip = accepts_gzip(request.header("accept-encoding").value_or(""));
  if (const auto origin = request.header("origin"); cors && origin && !origin->empty()) exchange.cors_origin = std::string(*origin);
  return exchange;
}

Task<bool> ResponseWriter::write(Response response) {
  if (response.status < 200 || response.status > 599) response = logged_error(fmt::format("a handler answered {}", response.status));
  if (response.push != nullptr && !has_no_body(response.status)) co_return co_await write_pushed(response);
  if (response.stream != nullptr && !has_no_body(response.status)) co_return co_await write_stream(response);
  co_return co_await write_sized(response);
}

Task<bool> ResponseWriter::write_sized(Response& response) {
  of_.counters.count_response(response.status);
  HeadFacts head_facts = facts();
  if (has_no_body(response.status)) {
    response.body.clear();
    head_facts.framing = Framing::none;
  }
  head_facts.has_type = !response.body.empty();
  head_facts.varies_by_encoding =
      response.body.size() > kPackBytesMin && is_compressible(response.content_type) && !has_header(response, "content-encoding");
  if (head_facts.varies_by_encoding && of_.exchange.takes_gzip) {
    response.body = gzip(response.body);
    head_facts.gzipped = true;
  }
  head_facts.body_bytes = response.body.size();
  std::string head = response_head(response, head_facts);
  if (of_.exchange.is_head) response.body.clear();
  std::array<iovec, 2> pieces{piece_of(head), piece_of(response.body)};
  of_.counters.bytes_out.fetch_add(response.body.size(), std::memory_order_relaxed);
  co_return co_await of_.wire.write(pieces, of_.limits.write_timeout);
}

Task<bool> ResponseWriter::write_stream(Response& response) {
  std::string chunk;
  Pulled pulled;
  if (!of_.exchange.is_head) {
    pulled = pull(*response.stream, chunk);
    if (!pulled.ok) {  // nothing is sent yet: there is still an honest answer
      Response failure = logged_error("a response's stream threw at its beginning");
      co_return co_await write_sized(failure);
    }
  }
  of_.counters.count_response(response.status);
  const bool is_sized = response.stream_bytes.has_value();
  if (of_.exchange.is_http_1_0 && !is_sized) of_.exchange.close = true;
  HeadFacts head_facts = facts();
  head_facts.framing = is_sized ? Framing::sized : of_.exchange.is_http_1_0 ? Framing::until_close : Framing::chunked;
  head_facts.body_bytes = response.stream_bytes.value_or(0);
  head_facts.varies_by_encoding = !is_sized && is_compressible(response.content_type) && !has_header(response, "content-encoding");
  const bool is_worth_it = pulled.more || chunk.size() > kPackBytesMin;
  head_facts.gzipped = head_facts.varies_by_encoding && of_.exchange.takes_gzip && is_worth_it;
  std::string prefix = response_head(response, head_facts);
  if (of_.exchange.is_head) {
    iovec piece = piece_of(prefix);
    co_return co_await of_.wire.write({&piece, 1}, of_.limits.write_timeout);
  }

  std::optional<GzipStream> packer;
  if (head_facts.gzipped && pulled.more) {
    packer.emplace();
  } else if (head_facts.gzipped) {
    chunk = gzip(chunk);  // one piece needs no stream
  }
  std::string packed, suffix;
  const bool is_chunked = head_facts.framing == Framing::chunked;
  uint64_t promised = head_facts.body_bytes;  // bytes of a sized stream that are still to come
  for (;;) {
    if (is_sized && (chunk.size() > promised || (!pulled.more && chunk.size() < promised))) {
      logged_error("a response's stream is not as long as it said; the connection is closed to tell the client");
      co_return false;
    }
    promised -= is_sized ? chunk.size() : 0;
    if (packer) {
      packed.clear();
      packer->write(chunk, !pulled.more, packed);
    }
    std::string& piece = packer ? packed : chunk;
    frame(piece, is_chunked, !pulled.more, prefix, suffix);
    std::array<iovec, 3> pieces{piece_of(prefix), piece_of(piece), piece_of(suffix)};
    of_.counters.bytes_out.fetch_add(piece.size(), std::memory_order_relaxed);
    if (!co_await of_.wire.write(pieces, of_.limits.write_timeout)) co_return false;
    if (!pulled.more) co_return true;
    prefix.clear();
    co_await of_.wire.yield();
    pulled = pull(*response.stream, chunk);
    if (!pulled.ok) {
      logged_error("a response's stream threw; the connection is closed to tell the client");
      co_return false;
    }
  }
}

// Sends what is there, then waits until there is more, the client goes, it is time for a beat, or the server stops.
Task<bool> ResponseWriter::write_pushed(Response& response) {
  PushStream& stream = *response.push;
  Bell bell(of_.wire, of_.connection, response.push);
  const Leaving leaving{stream};
  of_.counters.count_response(response.status);
  of_.exchange.close = true;  // what the client sends meanwhile is not looked at
  HeadFacts head_facts = facts();
  head_facts.framing = of_.exchange.is_http_1_0 ? Framing::until_close : Framing::chunked;
  std::string prefix = response_head(response, head_facts);
  if (of_.exchange.is_head) {
    iovec piece = piece_of(prefix);
    co_return co_await of_.wire.write({&piece, 1}, of_.limits.write_timeout);
  }
  stream.wake_on_change(bell);
  std::string chunk, suffix;
  for (bool beat_is_due = false;;) {
    chunk.clear();
    const PushStream::State state = stream.take(chunk);
    if (state == PushStream::State::dropped) co_return false;
    const bool is_last = state == PushStream::State::closed || of_.stopping.load();
    if (beat_is_due && chunk.empty()) chunk = stream.shape().beat;
    beat_is_due = false;
    if (!chunk.empty() || !prefix.empty() || is_last) {
      frame(chunk, head_facts.framing == Framing::chunked, is_last, prefix, suffix);
      std::array<iovec, 3> pieces{piece_of(prefix), piece_of(chunk), piece_of(suffix)};
      of_.counters.bytes_out.fetch_add(chunk.size(), std::memory_order_relaxed);
      if (!co_await of_.wire.write(pieces, of_.limits.write_timeout)) co_return false;
      prefix.clear();
      if (is_last) co_return true;
      continue;  // more may have come meanwhile, and its wake is over
    }
    of_.wire.set_deadline(stream.shape().beat_every);
    const Wake wake = co_await of_.wire.wait_readable();
    of_.wire.clear_deadline();
    beat_is_due = wake == Wake::late;
    std::array<char, 1024> ignored{};
    if (wake == Wake::ready && of_.wire.read_now(ignored.data(), ignored.size()) == Wire::kEnd) co_return false;
  }
}

HeadFacts ResponseWriter::facts() const {
  HeadFacts facts;
  facts.close = of_.exchange.close;
  facts.is_http_1_0 = of_.exchange.is_http_1_0;
  facts.now_seconds = std::time(nullptr);
  if (of_.exchange.cors_origin) facts.cors_origin = *of_.exchange.cors_origin;
  return facts;
}

}  // namespace opik::http

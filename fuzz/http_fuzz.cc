// Goal: no bytes from a client make the HTTP layer crash, read beyond its bounds, grow beyond its limits or contradict itself.
// Method: the first byte of the input chooses what the rest is: a request target, a packed body, text to pack and unpack, a
// request cut in pieces, or the whole conversation of a connection, held over a pair of sockets with the real session code.

#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "http/chunk_decoder.h"
#include "http/gzip.h"
#include "http/inflate.h"
#include "http/negotiation.h"
#include "http/request_parser.h"
#include "http/router.h"
#include "http/session.h"
#include "http/target.h"

namespace {

using namespace opik;
using base::check;

http::Router make_router() {
  http::Router router;
  const auto echo = [](http::Request request, http::Reply reply) {
    http::Response response;
    response.body = std::string(request.body.view());
    reply(std::move(response));
  };
  router.add(http::Method::get, "/a", echo);
  router.add(http::Method::post, "/a", echo);
  router.add(http::Method::get, "/a/{id}", echo);
  router.add(http::Method::post, "/a/batch", echo, {"*"});
  router.add(http::Method::get, "/a/{id}/b/{other}", echo);
  router.add(http::Method::get, "/drop", [](http::Request, http::Reply) {});
  return router;
}

const http::Router& router() {
  static const http::Router kRouter = make_router();
  return kRouter;
}

void fuzz_target(std::string_view text) {
  const base::Result<http::Target> target = http::parse_target(text);
  if (!target) return;
  check(target->path.find('\0') == std::string::npos, "a NUL in a path");
  check(target->path == "/" || !target->path.empty(), "an empty path");
  const http::Router::Match match = router().match(http::Method::get, target->path);
  check(match.handler == nullptr || match.path_known, "a handler for an unknown path");
  for (const auto& [name, value] : match.path_params) check(!value.empty() && value.find('/') == std::string::npos, "a bad parameter");
  http::accepts_gzip(text);
  http::media_type(text);
  http::body_coding({{"content-encoding", std::string(text)}});
}

void fuzz_inflate(http::Coding coding, std::string_view packed) {
  constexpr size_t kLimit = 1 << 20;
  size_t room_max = 0;
  base::PaddedBuffer out;
  const http::Inflated end = http::inflate(
      coding, packed, kLimit,
      [&](size_t bytes) {
        room_max = std::max(room_max, bytes);
        return true;
      },
      out);
  check(room_max <= kLimit, "more room than the limit");
  if (end == http::Inflated::whole) check(out.size() <= room_max, "more text than room");
}

void fuzz_round_trip(std::string_view text) {
  const auto any = [](size_t) { return true; };
  base::PaddedBuffer out;
  check(http::inflate(http::Coding::gzip, http::gzip(text), text.size(), any, out) == http::Inflated::whole, "a pack is refused");
  check(out.view() == text, "a pack gives back other text");

  http::GzipStream stream;
  std::string packed;
  const size_t cut = text.empty() ? 0 : static_cast<unsigned char>(text[0]) % text.size();
  stream.write(text.substr(0, cut), false, packed);
  stream.write(text.substr(cut), true, packed);
  base::PaddedBuffer streamed;
  check(http::inflate(http::Coding::gzip, packed, text.size(), any, streamed) == http::Inflated::whole, "a stream is refused");
  check(streamed.view() == text, "a stream gives back other text");
}

struct Parsed {
  std::string body;
  std::string rest;
  bool done = false;
};

Parsed parse(std::string_view text, size_t step) {
  http::RequestParser parser(4096);
  std::optional<http::ChunkDecoder> decoder;
  Parsed parsed;
  const auto finish = [&] {
    parsed.done = true;
    parsed.rest += text;
  };
  for (;;) {
    size_t taken = 0;
    if (!decoder) {
      const http::RequestParser::Step got = parser.head(parsed.rest);
      if (got.state == http::RequestParser::State::refused) return parsed;
      taken = got.taken;
      check(taken <= parsed.rest.size(), "more taken than given");
      parsed.rest.erase(0, taken);
      if (got.state == http::RequestParser::State::done) {
        const http::Head& head = parser.parsed();
        check(!(head.chunked && head.content_length > 0), "a body of two lengths");
        if (!head.chunked) return finish(), parsed;
        decoder.emplace(4096);
        continue;
      }
    } else {
      const http::ChunkDecoder::Step got = decoder->decode(parsed.rest);
      if (got.state == http::ChunkDecoder::State::malformed || got.state == http::ChunkDecoder::State::too_large) return parsed;
      taken = got.taken;
      check(taken <= parsed.rest.size() && got.body.size() <= taken, "more taken than given");
      parsed.body += got.body;
      parsed.rest.erase(0, taken);
      if (got.state == http::ChunkDecoder::State::done) return finish(), parsed;
    }
    if (taken > 0) continue;
    if (text.empty()) return parsed;
    parsed.rest += text.substr(0, step);
    text.remove_prefix(std::min(step, text.size()));
  }
}

// However a request is cut, it is understood in the same way. (What is broken may be refused before or only when its head has ended.)
void fuzz_parser(std::string_view text) {
  const Parsed whole = parse(text, SIZE_MAX), cut = parse(text, 1 + text.size() / 7), bytes = parse(text, 1);
  for (const Parsed& other : {cut, bytes}) {
    check(whole.done == other.done, "a cut changes what a request is");
    if (whole.done) check(whole.body == other.body && whole.rest == other.rest, "a cut changes a body");
  }
}

// A client that sends `text` and ends. Each answer begins as one, and nothing stays behind.
void fuzz_session(std::string_view text) {
  int ends[2];
  check(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
  const int room = 1 << 20;
  ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  ::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  text = text.substr(0, 64 << 10);
  check(::send(ends[0], text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()), "send");
  ::shutdown(ends[0], SHUT_WR);

  http::Limits limits;
  limits.body_bytes_max = 32 << 10;
  limits.header_bytes_max = 4096;
  base::ByteBudget budget(40 << 10);
  http::House house(limits, budget, router());
  {
    boost::asio::io_context io(1);
    http::Socket socket(boost::asio::make_strand(io));
    socket.assign(boost::asio::generic::stream_protocol(AF_UNIX, 0), ends[1]);
    http::Connection::start(std::make_shared<http::Session>(house, std::move(socket)));
    std::string answers;
    char bytes[16384];
    for (ssize_t count = 0; !io.stopped();) {
      io.run_one();
      while ((count = ::recv(ends[0], bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
        if (answers.size() < 16) answers.append(bytes, static_cast<size_t>(count));
      }
    }
    check(answers.empty() || answers.starts_with("HTTP/1.1 "), "an answer that is none");
  }
  check(house.open_count() == 0, "a session stayed behind");
  check(budget.used() == 0, "bytes stayed in the budget");
  ::close(ends[0]);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  spdlog::set_level(spdlog::level::off);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 7) {
    case 0:
      fuzz_target(text);
      break;
    case 1:
      fuzz_inflate(http::Coding::gzip, text);
      break;
    case 2:
      fuzz_inflate(http::Coding::deflate, text);
      break;
    case 3:
      fuzz_inflate(http::Coding::zstd, text);
      break;
    case 4:
      fuzz_round_trip(text);
      break;
    case 5:
      fuzz_parser(text);
      break;
    default:
      fuzz_session(text);
      break;
  }
  return 0;
}

// Goal: no client of the gRPC port makes it crash, keep room it does not need, or answer a call twice.
// Method: the input is a list of steps of a client and of the handlers behind the port. A step is one byte that chooses it and, for those
// that need some, one byte of length and so many bytes: whole frames that are right, frames with any type, flags and content, bytes
// as they are, answers, clocks.

#include <spdlog/spdlog.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "http/grpc_calls.h"

namespace {

using namespace opik;
using base::check;

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr uint8_t kData = 0, kHeaders = 1, kReset = 3, kSettings = 4;
constexpr uint8_t kEndStream = 1, kEndHeaders = 4;

std::string frame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view content) {
  std::string out;
  for (const int shift : {16, 8, 0}) out += static_cast<char>(content.size() >> shift);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(stream >> shift);
  return out.append(content);
}

// A header as HPACK's "literal without indexing", neither part packed.
std::string header(std::string_view name, std::string_view value) {
  std::string out(1, '\0');
  for (const std::string_view part : {name, value}) {
    out += static_cast<char>(part.size() & 0x7f);
    out += part.substr(0, 0x7f);
  }
  return out;
}

std::string head_of_call(std::string_view encoding) {
  std::string out = header(":method", "POST") + header(":scheme", "http") + header(":path", "/a.B/C") + header(":authority", "x") +
                    header("content-type", "application/grpc");
  if (!encoding.empty()) out += header("grpc-encoding", encoding);
  return out;
}

class Input {
 public:
  explicit Input(std::string_view text) : text_(text) {}
  bool is_over() const { return text_.empty(); }
  uint8_t byte() {
    if (text_.empty()) return 0;
    const auto first = static_cast<uint8_t>(text_[0]);
    text_.remove_prefix(1);
    return first;
  }
  std::string_view bytes() {
    const std::string_view taken = text_.substr(0, byte());
    text_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view text_;
};

const http::Router& methods() {
  static const http::Router kMethods = [] {
    http::Router router;
    router.add(http::Method::post, "/a.B/C", [](http::Request, http::Reply) {});
    return router;
  }();
  return kMethods;
}

void converse(Input input) {
  constexpr int64_t kRoom = 40 << 10;
  http::Limits limits;
  limits.body_bytes_max = 32 << 10;
  limits.header_bytes_max = 4096;
  http::Counters counters;
  base::ByteBudget budget(kRoom);
  int64_t now_ns = 1'000'000'000;
  {
    http::GrpcCalls calls({limits, counters, budget, methods()}, now_ns);
    std::vector<http::GrpcCall> in_hand;
    uint32_t stream = 1;
    if (input.byte() % 8 != 0) calls.receive(std::string(kPreface) + frame(kSettings, 0, 0, ""), now_ns);
    while (!input.is_over()) {
      const uint8_t step = input.byte();
      switch (step % 12) {
        case 0:
          calls.receive(input.bytes(), now_ns);
          break;
        case 1:
          calls.receive(frame(kHeaders, kEndHeaders, stream, head_of_call("")), now_ns);
          break;
        case 2:
          calls.receive(frame(kHeaders, kEndHeaders, stream, head_of_call(step & 0x80 ? "gzip" : input.bytes())), now_ns);
          break;
        case 3: {  // a whole message
          const std::string_view message = input.bytes();
          calls.receive(frame(kData, kEndStream, stream, http::grpc_prefix(static_cast<uint32_t>(message.size())).append(message)), now_ns);
          break;
        }
        case 4:
          calls.receive(frame(kData, step & 0x80 ? kEndStream : 0, stream, input.bytes()), now_ns);
          break;
        case 5:
          calls.receive(frame(kReset, 0, stream, std::string("\0\0\0\x08", 4)), now_ns);
          break;
        case 6: {
          const uint8_t type = input.byte(), flags = input.byte(), id = input.byte();
          calls.receive(frame(type, flags, id, input.bytes()), now_ns);
          break;
        }
        case 7:
          stream += 2;
          break;
        case 8:
          if (!in_hand.empty()) {
            http::Response response;
            response.body = std::string(input.bytes());
            if (step & 0x80) response = http::grpc_failure(400, http::GrpcCode::invalid_argument, input.bytes());
            calls.answer(in_hand.back().stream, std::move(response));
            if (step & 0x40) calls.answer(in_hand.back().stream, {});
            in_hand.pop_back();
          }
          break;
        case 9:
          now_ns += (int64_t{input.byte()} << 32);
          calls.expire(now_ns);
          break;
        case 10:
          if (step & 0x80) calls.go_away();
          break;
        default: {
          const auto late = calls.late_at_ns();
          if (late && *late > now_ns) calls.expire(now_ns = *late);
          break;
        }
      }
      while (std::optional<http::GrpcCall> call = calls.next()) {
        check(call->handler != nullptr && call->request.body.size() <= limits.body_bytes_max, "a call that is none");
        in_hand.push_back(*std::move(call));
      }
      check(in_hand.size() <= http::kGrpcCallsInHandMax, "more calls in hand than there may be");
      check(budget.used() <= kRoom, "more room than the budget has");
      while (!calls.to_send().empty()) {
      }
    }
    if (calls.is_done()) check(calls.to_send().empty(), "done, and something is to be sent");
  }
  check(budget.used() == 0, "bytes stayed in the budget");
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  spdlog::set_level(spdlog::level::off);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  converse(Input(std::string_view(reinterpret_cast<const char*>(data), size)));
  return 0;
}

// Goal: the one message of a call is read whole however its stream is cut, and what is no message is told apart; texts of failures go
// out as gRPC spells them.
// Method: streams given whole and byte by byte.

#include "http/grpc_message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/grpc_status.h"

namespace opik::http {
namespace {

using State = GrpcMessageReader::State;
using namespace std::string_literals;

struct Read {
  State state = State::more;
  std::string message;
  std::vector<uint32_t> asked;
  friend bool operator==(const Read&, const Read&) = default;
};

Read read(std::string_view stream, size_t step, bool admitted = true) {
  Read result;
  GrpcMessageReader reader;
  const auto admit = [&](uint32_t length) {
    result.asked.push_back(length);
    return admitted;
  };
  for (; !stream.empty(); stream.remove_prefix(std::min(step, stream.size()))) reader.add(stream.substr(0, step), admit);
  result.state = reader.state();
  if (result.state == State::whole) result.message = std::string(reader.take().view());
  return result;
}

TEST(GrpcMessage, IsReadHoweverItIsCut) {
  for (const size_t step : {1, 2, 3, 7, 1000}) {
    EXPECT_EQ(read("\0\0\0\0\5hello"s, step), (Read{State::whole, "hello", {5}})) << step;
    EXPECT_EQ(read("\1\0\0\0\0"s, step), (Read{State::whole, "", {0}})) << step;
    EXPECT_EQ(read("\0\0\0\0\5hell"s, step), (Read{State::more, "", {5}})) << step;
    EXPECT_EQ(read("\0\0\0\0"s, step), (Read{State::more, "", {}})) << step;
    EXPECT_EQ(read("\0\0\0\0\5hello\0"s, step), (Read{State::second, "", {5}})) << step;
    EXPECT_EQ(read("\2\0\0\0\5hello"s, step), (Read{State::malformed, "", {}})) << step;
    EXPECT_EQ(read("\0\xff\xfe\1\2hello"s, step, false), (Read{State::refused, "", {0xfffe0102}})) << step;
  }
}

TEST(GrpcMessage, ThePrefixIsWhatTheReaderReads) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{255}, size_t{256}, size_t{70'000}}) {
    const std::string text(size, 'x');
    EXPECT_EQ(read(grpc_prefix(static_cast<uint32_t>(size)) + text, 1000).message, text);
  }
}

TEST(GrpcStatus, TextsAreEncodedAndBounded) {
  EXPECT_EQ(percent_encoded("found 'x' ~"), "found 'x' ~");
  EXPECT_EQ(percent_encoded("100%\n\xc3\xa4\x7f"), "100%25%0A%C3%A4%7F");
  const Response failure = grpc_failure(503, GrpcCode::unavailable, std::string(5000, '\n'));
  EXPECT_EQ(failure.status, 503);
  EXPECT_EQ(failure.headers[0], (std::pair<std::string, std::string>("grpc-status", "14")));
  EXPECT_EQ(failure.headers[1].second.size(), 3 * kGrpcMessageBytesMax);
}

}  // namespace
}  // namespace opik::http

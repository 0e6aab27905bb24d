// Goal: a buffer keeps its bytes through every change of size and always has zeroes behind them.
// Method: random sizes against a std::string; the sanitizers see every byte of the padding.

#include "base/padded_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace opik::base {
namespace {

void expect_padded(const PaddedBuffer& buffer) {
  const char* end = buffer.data() + buffer.size();
  EXPECT_TRUE(std::all_of(end, end + PaddedBuffer::kPadding, [](char c) { return c == 0; }));
}

TEST(PaddedBuffer, HoldsACopyOfText) {
  std::string text = "some bytes";
  const PaddedBuffer buffer{std::string_view(text)};
  text[0] = 'x';
  EXPECT_EQ(buffer.view(), "some bytes");
  EXPECT_FALSE(buffer.empty());
  expect_padded(buffer);
}

TEST(PaddedBuffer, MayBeEmpty) {
  const PaddedBuffer none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.view(), "");
  const PaddedBuffer empty{std::string_view()};
  EXPECT_TRUE(empty.empty());
  expect_padded(empty);
}

TEST(PaddedBuffer, KeepsItsBytesWhenResized) {
  std::mt19937_64 random(1);
  PaddedBuffer buffer;
  std::string want;
  for (int i = 0; i < 2000; ++i) {
    const size_t size = random() % (i % 10 == 0 ? 5000 : 200);
    const size_t kept = std::min(size, want.size());
    buffer.resize(size);
    ASSERT_EQ(buffer.view().substr(0, kept), want.substr(0, kept));
    want.resize(size);
    for (size_t at = kept; at < size; ++at) want[at] = buffer.data()[at] = static_cast<char>(random());
    ASSERT_EQ(buffer.view(), want);
    expect_padded(buffer);
  }
}

TEST(PaddedBuffer, Moves) {
  PaddedBuffer a{std::string_view("a")};
  PaddedBuffer b = std::move(a);
  EXPECT_EQ(b.view(), "a");
  EXPECT_TRUE(a.empty());  // NOLINT: what is left behind is empty and usable
  a.resize(3);
  expect_padded(a);
  b = PaddedBuffer{std::string_view("bb")};
  EXPECT_EQ(b.view(), "bb");
  expect_padded(b);
}

}  // namespace
}  // namespace opik::base

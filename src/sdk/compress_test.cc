// Goal: what is packed comes back whole, what is broken or too large is refused, and contexts can be used again after either.
// Method: bodies of many sizes and kinds there and back; every cut of a packed body; a bomb against a bound.
#include "sdk/compress.h"

#include <gtest/gtest.h>

#include <random>

namespace opik::sdk {
namespace {

using base::Code;

std::vector<std::string> bodies() {
  std::mt19937 random(7);
  std::string noise(300'000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  std::string json = "{\"spans\":[";
  for (int i = 0; i < 2000; ++i) json += "{\"name\":\"llm_call\",\"n\":" + std::to_string(i) + "},";
  return {"", "a", json, noise, std::string(5'000'000, 'x')};
}

class CompressTest : public testing::TestWithParam<Encoding> {};

TEST_P(CompressTest, GivesBackWhatItTook) {
  Compressor compressor;
  for (int round = 0; round < 2; ++round) {
    for (const std::string& body : bodies()) {
      const auto packed = compressor.compress(GetParam(), body);
      ASSERT_TRUE(packed);
      const auto unpacked = compressor.decompress(GetParam(), *packed, body.size());
      ASSERT_TRUE(unpacked) << unpacked.error().message;
      EXPECT_TRUE(*unpacked == body) << body.size() << " bytes";
    }
  }
}

TEST_P(CompressTest, RefusesMoreThanTheBound) {
  Compressor compressor;
  const std::string body(1'000'000, 'x');
  const auto packed = compressor.compress(GetParam(), body);
  ASSERT_TRUE(packed);
  const auto unpacked = compressor.decompress(GetParam(), *packed, body.size() - 1);
  ASSERT_FALSE(unpacked);
  EXPECT_EQ(unpacked.error().code, Code::unprocessable);
}

INSTANTIATE_TEST_SUITE_P(All, CompressTest, testing::Values(Encoding::identity, Encoding::gzip, Encoding::zstd));

TEST(Compress, RefusesEveryCutAndOtherBytes) {
  for (Encoding encoding : {Encoding::gzip, Encoding::zstd}) {
    Compressor compressor;
    const std::string body = "{\"name\":\"a\",\"input\":{\"prompt\":\"Hello, hello, hello\"}}";
    const std::string packed = *compressor.compress(encoding, body);
    for (size_t length = 0; length < packed.size(); ++length) {
      const auto cut = compressor.decompress(encoding, packed.substr(0, length), 1 << 20);
      ASSERT_FALSE(cut) << length << " of " << packed.size();
      EXPECT_EQ(cut.error().code, Code::malformed);
    }
    EXPECT_FALSE(compressor.decompress(encoding, packed + "x", 1 << 20));
    EXPECT_FALSE(compressor.decompress(encoding, "plain text, no frame at all", 1 << 20));
    EXPECT_EQ(*compressor.decompress(encoding, packed, 1 << 20), body);
  }
}

TEST(Compress, NamesItsEncodings) {
  EXPECT_EQ(content_encoding(Encoding::gzip), "gzip");
  EXPECT_EQ(content_encoding(Encoding::zstd), "zstd");
  EXPECT_EQ(content_encoding(Encoding::identity), "");
}

}  // namespace
}  // namespace opik::sdk

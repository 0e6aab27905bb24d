// Goal: base64 both ways; the strict way back accepts exactly what the way there makes.
// Method: RFC 4648's examples, all bytes, and texts that are nearly right.

#include "codec/base64.h"

#include <gtest/gtest.h>

namespace opik::codec {
namespace {

std::string encoded(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

TEST(Base64, Examples) {
  const std::pair<const char*, const char*> examples[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : examples) {
    EXPECT_EQ(encoded(bytes), text);
    EXPECT_EQ(decode_base64_strict(text), bytes);
    EXPECT_EQ(decode_base64_lenient(text), bytes);
  }
}

TEST(Base64, AllBytesOfAllLengthsComeBack) {
  std::string bytes;
  for (int i = 0; i < 600; ++i) {
    EXPECT_EQ(decode_base64_strict(encoded(bytes)), bytes);
    bytes += static_cast<char>(i * 37);
  }
}

TEST(Base64, StrictIsWhatEncodingMakes) {
  for (const char* text : {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9v\n", " Zm9", "Zm9-", "Zm_v"}) {
    EXPECT_EQ(decode_base64_strict(text), std::nullopt) << text;
  }
}

TEST(Base64, LenientTakesBothAlphabetsAndNoPadding) {
  EXPECT_EQ(decode_base64_lenient("Zg"), "f");
  EXPECT_EQ(decode_base64_lenient("-_-_"), decode_base64_strict("+/+/"));
  EXPECT_EQ(decode_base64_lenient(" /+/"), decode_base64_strict("+/+/"));
  EXPECT_EQ(decode_base64_lenient("Z"), std::nullopt);
  EXPECT_EQ(decode_base64_lenient("Zg*="), std::nullopt);
}

}  // namespace
}  // namespace opik::codec

// Goal: headers about bodies are understood as RFC 9110 means them.
// Method: header values and what they must mean.

#include "http/negotiation.h"

#include <gtest/gtest.h>

namespace opik::http {
namespace {

TEST(Negotiation, AcceptsGzip) {
  for (const char* text :
       {"gzip", "GZip", "x-gzip", "deflate, gzip", "gzip;q=0.5", "*", "br;q=1.0, *;q=0.1", "gzip; q=1, *;q=0", " gzip "}) {
    EXPECT_TRUE(accepts_gzip(text)) << text;
  }
  for (const char* text : {"", "identity", "gzip;q=0", "gzip; q=0.000", "gzip;q=0, *", "*;q=0", "gzipped", "br, zstd", ",,"}) {
    EXPECT_FALSE(accepts_gzip(text)) << text;
  }
}

TEST(Negotiation, BodyCoding) {
  const auto coding = [](std::string value) { return body_coding({{"accept", "x"}, {"content-encoding", std::move(value)}}); };
  EXPECT_EQ(body_coding({}), Coding::identity);
  EXPECT_EQ(coding(""), Coding::identity);
  EXPECT_EQ(coding("identity"), Coding::identity);
  EXPECT_EQ(coding("gzip"), Coding::gzip);
  EXPECT_EQ(coding("X-GZIP"), Coding::gzip);
  EXPECT_EQ(coding("identity, deflate"), Coding::deflate);
  EXPECT_EQ(coding("zstd"), Coding::zstd);
  EXPECT_EQ(coding("gzip, gzip"), std::nullopt);
  EXPECT_EQ(coding("br"), std::nullopt);
  EXPECT_EQ(body_coding({{"content-encoding", "gzip"}, {"content-encoding", "zstd"}}), std::nullopt);
}

TEST(Negotiation, MediaType) {
  EXPECT_EQ(media_type("application/json"), "application/json");
  EXPECT_EQ(media_type(" Application/JSON ; charset=utf-8"), "application/json");
  EXPECT_EQ(media_type(""), "");
  EXPECT_TRUE(is_compressible("application/x-ndjson"));
  EXPECT_TRUE(is_compressible("text/html; charset=utf-8"));
  EXPECT_FALSE(is_compressible("image/png"));
  EXPECT_FALSE(is_compressible("application/zip"));
}

}  // namespace
}  // namespace opik::http

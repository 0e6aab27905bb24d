// Goal: every body that a client may pack is unpacked byte for byte; broken ones and bombs are refused, within the bounds.
// Method: packs made with the libraries' own compressors and by hand; every truncation of a small one; what `room` is asked for
// stands for the memory.

#include "http/inflate.h"

#include <gtest/gtest.h>
#include <libdeflate.h>
#include <zstd.h>

#include <algorithm>

#include "http/gzip.h"

namespace opik::http {
namespace {

struct Outcome {
  Inflated end;
  std::string text;
  size_t room_max = 0;
};

Outcome unpack(Coding coding, std::string_view packed, size_t bytes_max = 16 << 20, size_t room_max = SIZE_MAX) {
  Outcome outcome{};
  base::PaddedBuffer out;
  outcome.end = inflate(
      coding, packed, bytes_max,
      [&](size_t bytes) {
        outcome.room_max = std::max(outcome.room_max, bytes);
        return bytes <= room_max;
      },
      out);
  if (outcome.end == Inflated::whole) outcome.text = std::string(out.view());
  return outcome;
}

// Text that packs about six times.
std::string prose(size_t bytes) {
  std::string text;
  for (uint32_t i = 1; text.size() < bytes; i = i * 1664525 + 1013904223) text += "word" + std::to_string(i >> 22) + ", ";
  text.resize(bytes);
  return text;
}

std::string pack_with(Coding coding, std::string_view text, bool framed = true) {
  if (coding == Coding::gzip) return gzip(text);
  std::string packed;
  if (coding == Coding::zstd) {
    packed.resize(ZSTD_compressBound(text.size()));
    packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
    return packed;
  }
  libdeflate_compressor* compressor = libdeflate_alloc_compressor(6);
  packed.resize(text.size() + 1000);
  packed.resize(framed ? libdeflate_zlib_compress(compressor, text.data(), text.size(), packed.data(), packed.size())
                       : libdeflate_deflate_compress(compressor, text.data(), text.size(), packed.data(), packed.size()));
  libdeflate_free_compressor(compressor);
  return packed;
}

// Packed as a stream, as a client does that does not know the size when it begins.
std::string pack_zstd_stream(std::string_view text) {
  ZSTD_CStream* stream = ZSTD_createCStream();
  std::string packed(ZSTD_compressBound(text.size()) + 1000, '\0');
  ZSTD_outBuffer out{packed.data(), packed.size(), 0};
  for (const std::string_view piece : {text.substr(0, text.size() / 2), text.substr(text.size() / 2)}) {
    ZSTD_inBuffer in{piece.data(), piece.size(), 0};
    ZSTD_compressStream2(stream, &out, &in, ZSTD_e_flush);
  }
  ZSTD_inBuffer none{nullptr, 0, 0};
  ZSTD_compressStream2(stream, &out, &none, ZSTD_e_end);
  ZSTD_freeCStream(stream);
  packed.resize(out.pos);
  return packed;
}

TEST(Inflate, GivesBackWhatWasPacked) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{100}, size_t{100'000}, size_t{3'000'000}}) {
    const std::string text = prose(size);
    for (const Coding coding : {Coding::gzip, Coding::deflate, Coding::zstd}) {
      const Outcome outcome = unpack(coding, pack_with(coding, text));
      EXPECT_EQ(outcome.end, Inflated::whole) << size;
      EXPECT_TRUE(outcome.text == text) << size;
    }
    EXPECT_TRUE(unpack(Coding::deflate, pack_with(Coding::deflate, text, false)).text == text) << size;
    EXPECT_TRUE(unpack(Coding::zstd, pack_zstd_stream(text)).text == text) << size;
    EXPECT_TRUE(unpack(Coding::identity, text).text == text) << size;
  }
}

TEST(Inflate, JoinsMembersAndFrames) {
  const std::string a = prose(1000), b, c = prose(200'000);
  EXPECT_TRUE(unpack(Coding::gzip, gzip(a) + gzip(b) + gzip(c)).text == a + b + c);
  EXPECT_TRUE(unpack(Coding::zstd, pack_with(Coding::zstd, a) + pack_zstd_stream(c) + pack_with(Coding::zstd, b)).text == a + c + b);
  const std::string skippable("\x50\x2a\x4d\x18\x03\x00\x00\x00xyz", 11);
  EXPECT_TRUE(unpack(Coding::zstd, skippable + pack_with(Coding::zstd, a)).text == a);
}

TEST(Inflate, RefusesEveryTruncationAndWhatFollows) {
  const std::string text = prose(3000);
  for (const Coding coding : {Coding::gzip, Coding::deflate, Coding::zstd}) {
    const std::string packed = pack_with(coding, text);
    for (size_t length = 0; length < packed.size(); ++length) {
      ASSERT_EQ(unpack(coding, packed.substr(0, length)).end, Inflated::broken) << static_cast<int>(coding) << " " << length;
    }
    EXPECT_EQ(unpack(coding, packed + "x").end, Inflated::broken);
    EXPECT_EQ(unpack(coding, std::string(1000, '\xa5')).end, Inflated::broken);
    EXPECT_EQ(unpack(coding, "{\"traces\":[{\"name\":\"not packed at all\"}]}").end, Inflated::broken);
  }
}

TEST(Inflate, RefusesAWrongChecksum) {
  std::string packed = gzip(prose(3000));
  packed[packed.size() - 6] ^= 1;
  EXPECT_EQ(unpack(Coding::gzip, packed).end, Inflated::broken);
  packed = pack_with(Coding::deflate, prose(3000));
  packed.back() ^= 1;
  EXPECT_EQ(unpack(Coding::deflate, packed).end, Inflated::broken);
}

TEST(Inflate, KeepsTheLimitToTheByte) {
  const std::string text(100'000, 'x');
  for (const Coding coding : {Coding::gzip, Coding::deflate, Coding::zstd, Coding::identity}) {
    const std::string packed = coding == Coding::identity ? text : pack_with(coding, text);
    EXPECT_EQ(unpack(coding, packed, 100'000).end, Inflated::whole);
    EXPECT_EQ(unpack(coding, packed, 99'999).end, Inflated::too_large);
  }
  EXPECT_EQ(unpack(Coding::zstd, pack_zstd_stream(text), 99'999).end, Inflated::too_large);
  EXPECT_EQ(unpack(Coding::gzip, gzip(text) + gzip("x"), 100'000).end, Inflated::too_large);
}

TEST(Inflate, ABombNeverGetsMoreRoomThanTheLimit) {
  const std::string zeros(64 << 20, '\0');
  for (const Coding coding : {Coding::gzip, Coding::deflate, Coding::zstd}) {
    const Outcome outcome = unpack(coding, pack_with(coding, zeros), 1 << 20);
    EXPECT_EQ(outcome.end, Inflated::too_large);
    EXPECT_LE(outcome.room_max, size_t{1} << 20);
  }
}

TEST(Inflate, DoesNotBelieveASizeThatIsOnlySaid) {
  std::string packed = gzip(prose(3000));
  const size_t packed_bytes = packed.size();
  packed.replace(packed.size() - 4, 4, std::string("\x00\x00\x00\x0f", 4));  // "240 MiB"
  const Outcome gzipped = unpack(Coding::gzip, packed, size_t{256} << 20);
  EXPECT_EQ(gzipped.end, Inflated::broken);
  EXPECT_LE(gzipped.room_max, packed_bytes * kRatioTrusted + 1024);

  // A zstd frame that says 200 MiB and holds one raw block of one byte.
  const std::string frame("\x28\xb5\x2f\xfd\xa0\x00\x00\x80\x0c\x09\x00\x00x", 13);
  const Outcome framed = unpack(Coding::zstd, frame, size_t{256} << 20);
  EXPECT_EQ(framed.end, Inflated::broken);
  EXPECT_LE(framed.room_max, frame.size() * kRatioTrusted + 1024);
}

TEST(Inflate, AsksForRoomBeforeItTakesIt) {
  EXPECT_EQ(unpack(Coding::gzip, gzip(std::string(1 << 20, 'x')), 16 << 20, 500'000).end, Inflated::no_room);
  EXPECT_EQ(unpack(Coding::gzip, gzip(prose(10'000)), 16 << 20, 10'000).end, Inflated::whole);
  EXPECT_EQ(unpack(Coding::zstd, pack_with(Coding::zstd, prose(10'000)), 16 << 20, 9'999).end, Inflated::no_room);
}

TEST(Inflate, RefusesTooManyMembers) {
  std::string many;
  const std::string one = gzip("");
  for (size_t i = 0; i <= kMembersMax; ++i) many += one;
  EXPECT_EQ(unpack(Coding::gzip, many).end, Inflated::broken);
  many.resize(many.size() - one.size());
  EXPECT_EQ(unpack(Coding::gzip, many).end, Inflated::whole);
}

TEST(Gzip, AStreamIsOneMemberThatCanBeReadAsItComes) {
  GzipStream stream;
  std::string packed, text;
  for (int i = 0; i < 20; ++i) {
    const std::string piece = i == 7 ? "" : prose(static_cast<size_t>(i) * 5000 + 1);
    text += piece;
    stream.write(piece, false, packed);
  }
  stream.write("the end", true, packed);
  text += "the end";
  EXPECT_LT(packed.size(), text.size() / 2);
  EXPECT_TRUE(unpack(Coding::gzip, packed).text == text);

  libdeflate_decompressor* decompressor = libdeflate_alloc_decompressor();
  std::string out(text.size(), '\0');
  size_t taken = 0, made = 0;
  EXPECT_EQ(libdeflate_gzip_decompress_ex(decompressor, packed.data(), packed.size(), out.data(), out.size(), &taken, &made),
            LIBDEFLATE_SUCCESS);
  libdeflate_free_decompressor(decompressor);
  EXPECT_EQ(taken, packed.size());
}

TEST(Gzip, AnEmptyStreamIsAMemberToo) {
  GzipStream stream;
  std::string packed;
  stream.write("", true, packed);
  EXPECT_EQ(unpack(Coding::gzip, packed).end, Inflated::whole);
}

}  // namespace
}  // namespace opik::http

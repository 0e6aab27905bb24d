#include "http/inflate.h"

#include <libdeflate.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>

namespace opik::http {
namespace {

// The output and how it grows: `used` bytes are text, the rest up to size() is room.
class Output {
 public:
  Output(base::PaddedBuffer& bytes, size_t bytes_max, const std::function<bool(size_t)>& room)
      : bytes_(bytes), bytes_max_(bytes_max), room_(room) {}

  // Room for `wanted` bytes, or bytes_max if that is less, and no text.
  Inflated begin(size_t wanted) {
    used_ = 0;
    return give(std::min(wanted, bytes_max_));
  }
  Inflated grow() {
    if (bytes_.size() == bytes_max_) return Inflated::too_large;
    return give(bytes_.size() > bytes_max_ / 4 ? bytes_max_ : std::max<size_t>(bytes_.size() * 4, 1024));
  }
  char* free() { return bytes_.data() + used_; }
  size_t free_bytes() const { return bytes_.size() - used_; }
  void add(size_t count) { used_ += count; }
  Inflated finish() {
    bytes_.resize(used_);
    return Inflated::whole;
  }

 private:
  Inflated give(size_t size) {
    if (!room_(size)) return Inflated::no_room;
    if (used_ == 0) bytes_ = base::PaddedBuffer();  // nothing to carry over
    bytes_.resize(size);
    return Inflated::whole;
  }

  base::PaddedBuffer& bytes_;
  const size_t bytes_max_;
  const std::function<bool(size_t)>& room_;
  size_t used_ = 0;
};

// The room to begin with. Request bodies inflate six times or so.
size_t first_guess(size_t packed_bytes, std::optional<uint64_t> said) {
  const size_t trusted = packed_bytes * kRatioTrusted + 1024;
  if (said && *said <= trusted) return static_cast<size_t>(*said);
  return packed_bytes * 6 + 1024;
}

struct DecompressorFree {
  void operator()(libdeflate_decompressor* decompressor) const { libdeflate_free_decompressor(decompressor); }
};
using Decompressor = std::unique_ptr<libdeflate_decompressor, DecompressorFree>;

struct Piece {
  libdeflate_result result;
  size_t taken;
  size_t made;
};

template <auto kDecompress>
Piece run(libdeflate_decompressor* decompressor, std::string_view packed, char* to, size_t room) {
  Piece piece{};
  piece.result = kDecompress(decompressor, packed.data(), packed.size(), to, room, &piece.taken, &piece.made);
  return piece;
}

// One member after the other. libdeflate has no streaming: when a member does not fit it is done again with more room.
template <auto kDecompress>
Inflated members(std::string_view packed, std::optional<uint64_t> said, size_t members_max, Output& output) {
  const Decompressor decompressor(libdeflate_alloc_decompressor());
  base::check(decompressor != nullptr, "out of memory");
  if (const Inflated begun = output.begin(first_guess(packed.size(), said)); begun != Inflated::whole) return begun;
  size_t count = 0;
  do {
    const Piece piece = run<kDecompress>(decompressor.get(), packed, output.free(), output.free_bytes());
    if (piece.result == LIBDEFLATE_INSUFFICIENT_SPACE) {
      if (const Inflated grown = output.grow(); grown != Inflated::whole) return grown;
      continue;
    }
    if (piece.result != LIBDEFLATE_SUCCESS || piece.taken == 0 || ++count > members_max) return Inflated::broken;
    output.add(piece.made);
    packed.remove_prefix(piece.taken);
  } while (!packed.empty());
  return output.finish();
}

uint64_t little_endian_32(std::string_view at) {
  uint64_t value = 0;
  for (size_t i = 0; i < 4; ++i) value |= uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
  return value;
}

Inflated inflate_gzip(std::string_view packed, Output& output) {
  constexpr size_t kGzipBytesMin = 18;
  if (packed.size() < kGzipBytesMin) return Inflated::broken;
  const uint64_t said = little_endian_32(packed.substr(packed.size() - 4));  // the size of the last member, modulo 2^32
  return members<libdeflate_gzip_decompress_ex>(packed, said, kMembersMax, output);
}

// HTTP's "deflate" is zlib's format, but some clients send it bare.
Inflated inflate_deflate(std::string_view packed, Output& output) {
  if (packed.size() < 2) return Inflated::broken;
  const unsigned first = static_cast<unsigned char>(packed[0]), second = static_cast<unsigned char>(packed[1]);
  const bool looks_framed = (first & 0x0f) == 8 && (first >> 4) <= 7 && (first * 256 + second) % 31 == 0;
  if (looks_framed) {
    const Inflated framed = members<libdeflate_zlib_decompress_ex>(packed, std::nullopt, 1, output);
    if (framed != Inflated::broken) return framed;
  }
  return members<libdeflate_deflate_decompress_ex>(packed, std::nullopt, 1, output);
}

struct Frames {
  uint64_t bytes = 0;  // what the headers say they hold
  bool known = true;   // every header says it
};

// Walks the frames by their headers, without inflating. Nothing if they are not zstd's, are cut short or too many.
std::optional<Frames> walk_frames(std::string_view packed) {
  constexpr uint64_t kFrame = 0xfd2fb528, kSkippable = 0x184d2a50, kSkippableMask = 0xfffffff0;
  Frames frames;
  for (size_t count = 0; !packed.empty(); ++count) {
    if (count == kMembersMax || packed.size() < 4) return std::nullopt;
    const uint64_t magic = little_endian_32(packed);
    if (magic != kFrame && (magic & kSkippableMask) != kSkippable) return std::nullopt;
    const size_t length = ZSTD_findFrameCompressedSize(packed.data(), packed.size());
    if (ZSTD_isError(length) != 0 || length == 0 || length > packed.size()) return std::nullopt;
    const unsigned long long said = ZSTD_getFrameContentSize(packed.data(), packed.size());
    if (said == ZSTD_CONTENTSIZE_ERROR) return std::nullopt;
    if (said == ZSTD_CONTENTSIZE_UNKNOWN || __builtin_add_overflow(frames.bytes, said, &frames.bytes)) frames.known = false;
    packed.remove_prefix(length);
  }
  return frames;
}

struct ContextFree {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

Inflated inflate_zstd(std::string_view packed, size_t bytes_max, Output& output) {
  if (packed.empty()) return Inflated::broken;
  const std::optional<Frames> frames = walk_frames(packed);
  if (!frames) return Inflated::broken;
  if (frames->known && frames->bytes > bytes_max) return Inflated::too_large;
  const std::unique_ptr<ZSTD_DCtx, ContextFree> context(ZSTD_createDCtx());
  base::check(context != nullptr, "out of memory");
  const std::optional<uint64_t> said = frames->known ? std::optional(frames->bytes) : std::nullopt;
  if (const Inflated begun = output.begin(first_guess(packed.size(), said)); begun != Inflated::whole) return begun;
  for (;;) {
    const size_t made = ZSTD_decompressDCtx(context.get(), output.free(), output.free_bytes(), packed.data(), packed.size());
    if (ZSTD_isError(made) == 0) {
      output.add(made);
      return output.finish();
    }
    if (ZSTD_getErrorCode(made) != ZSTD_error_dstSize_tooSmall) return Inflated::broken;
    if (const Inflated grown = output.grow(); grown != Inflated::whole) return grown;
  }
}

}  // namespace

Inflated inflate(Coding coding, std::string_view packed, size_t bytes_max, const std::function<bool(size_t)>& room,
                 base::PaddedBuffer& out) {
  Output output(out, bytes_max, room);
  switch (coding) {
    case Coding::gzip:
      return inflate_gzip(packed, output);
    case Coding::deflate:
      return inflate_deflate(packed, output);
    case Coding::zstd:
      return inflate_zstd(packed, bytes_max, output);
    case Coding::identity:
      break;
  }
  if (packed.size() > bytes_max) return Inflated::too_large;
  if (const Inflated begun = output.begin(packed.size()); begun != Inflated::whole) return begun;
  std::copy(packed.begin(), packed.end(), output.free());
  output.add(packed.size());
  return output.finish();
}

}  // namespace opik::http

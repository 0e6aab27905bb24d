#include "sdk/compress.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <new>

namespace opik::sdk {
namespace {

// Level 1 of both: a trace compresses to about a fifth at either end of the scale, and the sender shares the program's cores.
constexpr int kGzipLevel = 1;
constexpr int kZstdLevel = 1;
constexpr int kGzipWindow = 15 + 16;       // zlib's way to say: 32 KB, with gzip's header and trailer
constexpr size_t kOutputStep = 256 << 10;  // bytes by which an output of unknown size grows
constexpr size_t kRoomKept = 8 << 20;      // bytes of memory kept for the next output: of a batch of the usual size
constexpr size_t kZlibPieceMax = 1 << 30;  // zlib counts in 32 bits

base::Error out_of_memory() { return {base::Code::internal, "compressing: out of memory"}; }

struct DeflateStream {
  z_stream stream{};
  bool ready = false;
  ~DeflateStream() {
    if (ready) deflateEnd(&stream);
  }
};

struct InflateStream {
  z_stream stream{};
  bool ready = false;
  ~InflateStream() {
    if (ready) inflateEnd(&stream);
  }
};

struct FreeContexts {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

Bytef* zlib_input(std::string_view text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text.data())); }

}  // namespace

struct Compressor::Contexts {
  DeflateStream deflate;
  InflateStream inflate;
  std::unique_ptr<ZSTD_CCtx, FreeContexts> zstd;
  std::unique_ptr<ZSTD_DCtx, FreeContexts> unzstd;
  std::string room;  // for output of unknown size; kept, since a new one is cleared first, which costs an eighth of the compression

  void make_room(size_t bytes) {
    if (room.size() < bytes) room.resize(bytes);
  }
  std::string from_room(size_t bytes) {
    std::string packed = room.substr(0, bytes);
    if (room.size() > kRoomKept) room = {};
    return packed;
  }

  base::Result<std::string> gzip(std::string_view body);
  base::Result<std::string> gunzip(std::string_view packed, size_t bytes_max);
  base::Result<std::string> pack_zstd(std::string_view body);
  base::Result<std::string> unpack_zstd(std::string_view packed, size_t bytes_max);
};

base::Result<std::string> Compressor::Contexts::gzip(std::string_view body) {
  if (!deflate.ready) {
    if (deflateInit2(&deflate.stream, kGzipLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) return out_of_memory();
    deflate.ready = true;
  } else {
    deflateReset(&deflate.stream);
  }
  make_room(deflateBound(&deflate.stream, body.size()));
  size_t taken = 0, made = 0;
  int result = Z_OK;
  while (result != Z_STREAM_END) {
    const size_t in = std::min(body.size() - taken, kZlibPieceMax);
    const size_t out = std::min(room.size() - made, kZlibPieceMax);
    deflate.stream.next_in = zlib_input(body.substr(taken));
    deflate.stream.avail_in = static_cast<uInt>(in);
    deflate.stream.next_out = reinterpret_cast<Bytef*>(room.data() + made);
    deflate.stream.avail_out = static_cast<uInt>(out);
    result = ::deflate(&deflate.stream, taken + in == body.size() ? Z_FINISH : Z_NO_FLUSH);
    if (result == Z_STREAM_ERROR) return {{base::Code::internal, "compressing: zlib refuses its own state"}};
    taken += in - deflate.stream.avail_in;
    made += out - deflate.stream.avail_out;
    if (result != Z_STREAM_END && made == room.size()) room.resize(room.size() + kOutputStep);
  }
  return from_room(made);
}

base::Result<std::string> Compressor::Contexts::gunzip(std::string_view packed, size_t bytes_max) {
  const base::Error broken{base::Code::malformed, "unpacking gzip: broken or cut short"};
  if (!inflate.ready) {
    if (inflateInit2(&inflate.stream, kGzipWindow) != Z_OK) return out_of_memory();
    inflate.ready = true;
  } else {
    inflateReset(&inflate.stream);
  }
  std::string body;
  size_t taken = 0, made = 0;
  int result = Z_OK;
  while (result != Z_STREAM_END) {
    if (made == body.size()) body.resize(std::min(body.size() + std::max(body.size(), kOutputStep), bytes_max + 1));
    const size_t in = std::min(packed.size() - taken, kZlibPieceMax);
    const size_t out = std::min(body.size() - made, kZlibPieceMax);
    inflate.stream.next_in = zlib_input(packed.substr(taken));
    inflate.stream.avail_in = static_cast<uInt>(in);
    inflate.stream.next_out = reinterpret_cast<Bytef*>(body.data() + made);
    inflate.stream.avail_out = static_cast<uInt>(out);
    result = ::inflate(&inflate.stream, Z_NO_FLUSH);
    taken += in - inflate.stream.avail_in;
    made += out - inflate.stream.avail_out;
    if (made > bytes_max) return {{base::Code::unprocessable, "unpacking gzip: more than " + std::to_string(bytes_max) + " bytes"}};
    if (result == Z_STREAM_END) break;
    if (result != Z_OK && !(result == Z_BUF_ERROR && made == body.size())) return broken;
    if (taken == packed.size() && made < body.size()) return broken;
  }
  if (taken != packed.size()) return broken;
  body.resize(made);
  return body;
}

base::Result<std::string> Compressor::Contexts::pack_zstd(std::string_view body) {
  if (!zstd) zstd.reset(ZSTD_createCCtx());
  if (!zstd) return out_of_memory();
  make_room(ZSTD_compressBound(body.size()));
  const size_t made = ZSTD_compressCCtx(zstd.get(), room.data(), room.size(), body.data(), body.size(), kZstdLevel);
  if (ZSTD_isError(made) != 0) return {{base::Code::internal, std::string("compressing: zstd: ") + ZSTD_getErrorName(made)}};
  return from_room(made);
}

base::Result<std::string> Compressor::Contexts::unpack_zstd(std::string_view packed, size_t bytes_max) {
  const unsigned long long bytes = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (bytes == ZSTD_CONTENTSIZE_ERROR || bytes == ZSTD_CONTENTSIZE_UNKNOWN) {
    return {{base::Code::malformed, "unpacking zstd: not a frame that says its size"}};
  }
  if (bytes > bytes_max) return {{base::Code::unprocessable, "unpacking zstd: more than " + std::to_string(bytes_max) + " bytes"}};
  if (!unzstd) unzstd.reset(ZSTD_createDCtx());
  if (!unzstd) return out_of_memory();
  std::string body(bytes, '\0');
  const size_t made = ZSTD_decompressDCtx(unzstd.get(), body.data(), body.size(), packed.data(), packed.size());
  if (ZSTD_isError(made) != 0 || made != bytes) return {{base::Code::malformed, "unpacking zstd: broken or cut short"}};
  return body;
}

std::string_view content_encoding(Encoding encoding) {
  switch (encoding) {
    case Encoding::gzip:
      return "gzip";
    case Encoding::zstd:
      return "zstd";
    case Encoding::identity:
      break;
  }
  return "";
}

Compressor::Compressor() = default;
Compressor::~Compressor() = default;
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;

base::Result<std::string> Compressor::compress(Encoding encoding, std::string_view body) try {
  if (encoding == Encoding::identity) return std::string(body);
  if (!contexts_) contexts_ = std::make_unique<Contexts>();
  return encoding == Encoding::gzip ? contexts_->gzip(body) : contexts_->pack_zstd(body);
} catch (const std::bad_alloc&) {
  return out_of_memory();
}

base::Result<std::string> Compressor::decompress(Encoding encoding, std::string_view packed, size_t bytes_max) try {
  if (encoding == Encoding::identity) {
    if (packed.size() > bytes_max) return {{base::Code::unprocessable, "unpacking: more than " + std::to_string(bytes_max) + " bytes"}};
    return std::string(packed);
  }
  if (!contexts_) contexts_ = std::make_unique<Contexts>();
  return encoding == Encoding::gzip ? contexts_->gunzip(packed, bytes_max) : contexts_->unpack_zstd(packed, bytes_max);
} catch (const std::bad_alloc&) {
  return out_of_memory();
}

}  // namespace opik::sdk

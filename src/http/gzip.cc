#include "http/gzip.h"

#include <libdeflate.h>

#include <boost/beast/zlib/deflate_stream.hpp>
#include <cstdint>

#include "base/check.h"

namespace opik::http {
namespace {

constexpr int kLevel = 1;

struct CompressorFree {
  void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
};

void append_little_endian_32(uint32_t value, std::string& to) {
  for (int shift = 0; shift < 32; shift += 8) to += static_cast<char>(value >> shift);
}

}  // namespace

std::string gzip(std::string_view text) {
  const std::unique_ptr<libdeflate_compressor, CompressorFree> compressor(libdeflate_alloc_compressor(kLevel));
  base::check(compressor != nullptr, "out of memory");
  std::string packed(libdeflate_gzip_compress_bound(compressor.get(), text.size()), '\0');
  packed.resize(libdeflate_gzip_compress(compressor.get(), text.data(), text.size(), packed.data(), packed.size()));
  base::check(!packed.empty(), "gzip did not fit its own bound");
  return packed;
}

struct GzipStream::State {
  boost::beast::zlib::deflate_stream deflate;
  uint32_t crc = 0;
  uint32_t bytes = 0;  // modulo 2^32, as the format has it
  bool begun = false;
};

GzipStream::GzipStream() : state_(std::make_unique<State>()) { state_->deflate.reset(kLevel, 15, 8, boost::beast::zlib::Strategy::normal); }

GzipStream::~GzipStream() = default;

void GzipStream::write(std::string_view text, bool last, std::string& to) {
  namespace zlib = boost::beast::zlib;
  if (!state_->begun) {
    constexpr char kHeader[] = {0x1f, static_cast<char>(0x8b), 8, 0, 0, 0, 0, 0, 4, static_cast<char>(0xff)};
    to.append(kHeader, sizeof kHeader);
    state_->begun = true;
  }
  state_->crc = libdeflate_crc32(state_->crc, text.data(), text.size());
  state_->bytes += static_cast<uint32_t>(text.size());

  zlib::z_params step;
  step.next_in = text.data();
  step.avail_in = text.size();
  const zlib::Flush flush = last ? zlib::Flush::finish : zlib::Flush::sync;
  for (;;) {
    constexpr size_t kRoom = 16 << 10;
    const size_t before = to.size();
    to.resize(before + kRoom);
    step.next_out = to.data() + before;
    step.avail_out = kRoom;
    boost::system::error_code state;
    state_->deflate.write(step, flush, state);
    to.resize(before + kRoom - step.avail_out);
    if (state == zlib::error::end_of_stream) break;
    if (state == zlib::error::need_buffers) break;  // nothing left to flush
    base::check(!state, "deflate refused its own state");
    if (!last && step.avail_out > 0) break;
  }
  if (last) {
    append_little_endian_32(state_->crc, to);
    append_little_endian_32(state_->bytes, to);
  }
}

}  // namespace opik::http

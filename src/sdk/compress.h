#pragma once
// Request bodies and spool payloads, compressed. The contexts are kept, so nothing is allocated per call but the output.
//
//   Compressor compressor;
//   base::Result<std::string> packed = compressor.compress(Encoding::gzip, json);
//
// Thread rule: one thread at a time per object.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace opik::sdk {

enum class Encoding { identity, gzip, zstd };

// The value of Content-Encoding; empty for identity (send no header).
std::string_view content_encoding(Encoding encoding);

class Compressor {
 public:
  Compressor();
  ~Compressor();
  Compressor(Compressor&&) noexcept;
  Compressor& operator=(Compressor&&) noexcept;

  // Errors: internal (out of memory).
  base::Result<std::string> compress(Encoding encoding, std::string_view body);

  // Errors: malformed (not such a body, or cut short), unprocessable (more than `bytes_max` when unpacked).
  base::Result<std::string> decompress(Encoding encoding, std::string_view packed, size_t bytes_max);

 private:
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

}  // namespace opik::sdk

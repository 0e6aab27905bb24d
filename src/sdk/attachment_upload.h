#pragma once
// Uploads one attachment: start, the parts, complete. A server that stores files itself (opikd, Opik self-hosted) answers the
// start with the upload id "BEMinIO" and one address for the whole; one over S3 with an address for each part.
//
//   Verdict verdict = upload_attachment(*transport, {.entity = …, .path = "/tmp/plot.png", …}, options, random());
//
// The verdict is that of a single request (delivery.h): delivered, retry (from the start: a half-done upload leaves nothing behind
// that a reader sees), pause or reject. A file that cannot be read is a rejection that says why.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "sdk/delivery.h"
#include "sdk/transport.h"

namespace opik::sdk {

struct AttachmentUpload {
  enum class Entity { trace, span };
  Entity entity = Entity::trace;
  std::string entity_id;     // UUID text
  std::string project_name;  // empty: the server's default
  std::string file_name;     // as shown; empty: the last part of `path`
  std::string mime_type;     // empty: guessed from file_name, else application/octet-stream
  std::string path;          // of the file to send; empty: `bytes` is sent
  std::string bytes;
};

struct UploadOptions {
  std::string base_url;                        // told to the server, which makes its addresses from it
  std::chrono::milliseconds timeout{100'000};  // of one request
  unsigned attempts = 1;                       // how often this attachment was tried by now, for the back-off
};

inline constexpr uint64_t kPartBytesMin = 5 << 20;      // S3's least part; Opik's SDKs send the same
inline constexpr uint64_t kPartsMax = 10'000;           // S3's
inline constexpr uint64_t kLocalBytesMax = 2ULL << 30;  // of a file sent in one request: what Opik's gateway takes

inline constexpr unsigned kStoreAttemptsMax = 5;  // times that a foreign store may refuse before the attachment is rejected

Verdict upload_attachment(Transport& transport, const AttachmentUpload& upload, const UploadOptions& options, double random);

// "image/png" for "plot.PNG"; application/octet-stream for what is not known.
std::string guess_mime_type(std::string_view file_name);

}  // namespace opik::sdk

#pragma once
// The limits of the API, beside those of the domain (model/limits.h).

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace opik::api {

inline constexpr int64_t kPatchCopiesBytesFree = 1 << 20;  // ids x body of a batch update that need not be drawn from the budget
inline constexpr int64_t kPageSizeMax =
    20'000;  // rows of one page, which is built whole: Opik's web UI asks for the 15,000 spans of a trace at once
inline constexpr int64_t kPageNumberMax = 2'147'483'647;  // Opik's: a 32-bit number
inline constexpr int64_t kStreamRowsFirst = 10;           // rows of a stream's first read, before it is known how large they are
inline constexpr int64_t kStreamRowsMax = 100;            // rows read at once after that
inline constexpr size_t kStreamChunkBytes = 512 << 10;    // what a read should come to: a stream's memory, whatever its length
inline constexpr std::chrono::seconds kRetryAfter{1};     // what a client is told to wait when the server is busy

}  // namespace opik::api

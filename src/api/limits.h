#pragma once
// The limits of the API, beside those of the domain (model/limits.h).

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace opik::api {

inline constexpr int64_t kPatchCopiesBytesFree = 1 << 20;  // ids x body of a batch update that need not be drawn from the budget
inline constexpr int64_t kPageSizeMax =
    20'000;  // rows of one page, which is built whole: Opik's web UI asks for the 15,000 spans of a trace at once
inline constexpr int64_t kPageNumberMax = 2'147'483'647;       // Opik's: a 32-bit number
inline constexpr int64_t kStreamRowsFirst = 10;                // rows of a stream's first read, before it is known how large they are
inline constexpr int64_t kStreamRowsMax = 100;                 // rows read at once after that
inline constexpr size_t kStreamChunkBytes = 512 << 10;         // what a read should come to: a stream's memory, whatever its length
inline constexpr size_t kFileChunkBytes = 256 << 10;           // of an attachment that is sent, read at once
inline constexpr int64_t kEmbeddedBytesMax = 256 << 20;        // files put back into the payloads of one answer; beyond it they stay out
inline constexpr size_t kLiveSubscribersMax = 256;             // each is a connection, and a copy of every event
inline constexpr size_t kLiveBytesMax = 1 << 20;               // events that wait for one subscriber; beyond it is dropped
inline constexpr size_t kLiveRecentBytesMax = 512 << 10;       // events kept for who comes back: they must fit into the former
inline constexpr size_t kLiveNameBytesMax = 256;               // of a trace's name in an event
inline constexpr std::chrono::seconds kLiveBeat{15};           // without an event: proxies give up after 60
inline constexpr std::chrono::seconds kLiveLinger{30};         // events are kept for so long after the last subscriber has gone
inline constexpr std::chrono::milliseconds kLiveRetry{2'000};  // how long a client waits before it comes back
inline constexpr int64_t kMetricIntervalsMax = 20'000;         // points of a line: two years by the hour; more than a chart can show
inline constexpr std::chrono::minutes kThreadTimeout{15};      // without a new trace a thread counts as inactive: Opik's default
inline constexpr std::chrono::seconds kRetryAfter{1};          // what a client is told to wait when the server is busy

}  // namespace opik::api

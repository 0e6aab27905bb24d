#pragma once
// The limits of the SQLite store, each with its reason.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace opik::store::sqlite {

inline constexpr int kPageBytes = 8192;            // of a new file: payloads of 300 to 1,500 bytes leave little unused
inline constexpr int kWriterCacheKib = 24 * 1024;  // the hot ends of the indexes, and one group's pages
inline constexpr int kReaderCacheKib = 4 * 1024;   // per connection
inline constexpr size_t kReadersMax = 8;           // idle connections kept; more are opened and closed as needed
inline constexpr int kBusyTimeoutMs = 10'000;      // someone else's sqlite3 holding a lock
inline constexpr int kCheckpointPages = 6144;  // 48 MB of log: fewer checkpoints rewrite fewer pages twice, a restart reads it in < 0.2 s
inline constexpr size_t kStatementsMax = 256;  // prepared statements per connection: the SQL texts are a fixed set

inline constexpr int kCompressionLevel = 2;           // with a dictionary; see docs/decisions/one-frame-per-payload.md
inline constexpr size_t kTypicalPayloadBytes = 2048;  // what compression is tuned for
inline constexpr size_t kDictionaryBytesMax = 112 * 1024;
inline constexpr size_t kSampleBytesMax = 6 << 20;             // payloads kept to train from
inline constexpr size_t kSampleItemBytesMax = 16 << 10;        // a longer payload compresses well by itself: only its head is sampled
inline constexpr uint64_t kFirstTrainingAt = 1'000;            // payloads seen
inline constexpr uint64_t kTrainingGrowth = 16;                // the next training at this many times as many
inline constexpr double kDictionaryGainMin = 0.03;             // a newer dictionary must be better by this share
inline constexpr size_t kPayloadBytesMax = size_t{512} << 20;  // refuse to inflate more: the file is damaged

inline constexpr std::ptrdiff_t kPageRowsAtOnce = 256;  // records of a page that are in memory at a time

inline constexpr size_t kColumnBytesTypical = 120;             // per row, to tell whether a project will fit before its rows are read
inline constexpr size_t kColumnVersions = 4;                   // states kept for readers whose transactions are older
inline constexpr int kColumnsRounds = 4;                       // of catching up with the writer before it has to wait
inline constexpr size_t kColumnsLastRound = 1000;              // rows that are few enough to let the writer wait
inline constexpr size_t kPieceRows = 4096;                     // made into columns for a moment, where a project has none
inline constexpr size_t kMetricGroupsMax = 10;                 // lines that a chart can show; the rest is one more
inline constexpr size_t kMetricGroupsAtOnce = 10'000;          // while rows are gathered: names that everything has its own of
inline constexpr std::chrono::seconds kColumnsRetryAfter{60};  // a project that did not fit; one that nobody asks for makes room
inline constexpr std::chrono::milliseconds kColumnsWait{200};  // for the columns of a commit that SQLite shows already

}  // namespace opik::store::sqlite

#pragma once
// The grammar of a spool segment, and how one is written and read. See spool.h for what segments are for.
//
//   segment := "OPIKSPL1" record*
//   record  := u32 length | u32 crc | u8 flags and kind | u64 version | 16 bytes of id | payload        (little endian)
//
//   length   bytes from the flags to the end of the payload: at least 25
//   crc      CRC-32C of the length and of all that follows the crc itself, so neither zeros nor an old record at a wrong place pass
//   flags    0x80 ack: the record (kind, id, version) is delivered; no payload
//            0x40 replaces: speaks for its whole id; for an ack: covers all versions up to this one
//
// A segment ends at the first record that is cut short or whose crc is wrong: what follows was never committed.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/uuid.h"

namespace opik::sdk {

inline constexpr std::string_view kSegmentMagic = "OPIKSPL1";
inline constexpr size_t kRecordHeadBytes = 4 + 4 + 1 + 8 + 16;
inline constexpr size_t kRecordLengthMin = kRecordHeadBytes - 8;

// The name of a segment's file: 16 hex digits and ".seg".
std::string segment_name(uint32_t number);
// The number in such a name, from 1 to UINT32_MAX - 1; 0 if it is none.
uint32_t segment_number(std::string_view name);

struct RecordHead {
  uint8_t kind = 0;
  bool is_ack = false;
  bool replaces = false;
  uint64_t version = 0;
  base::Uuid id;
};

void append_record(std::string& to, const RecordHead& head, std::string_view payload);

struct RecordPlace {
  uint64_t offset = 0;  // of the record's first byte
  uint32_t bytes = 0;   // of the whole record
};

struct SegmentEnd {
  uint64_t good_bytes = 0;  // 0: not even the magic is there
  uint64_t torn_bytes = 0;  // after them
};

// Reads the segment open at `file` from its begin and calls `found` for every whole record, payloads left out.
// Errors: unavailable (the disk cannot be read).
base::Result<SegmentEnd> scan_segment(int file, const std::function<void(const RecordHead&, const RecordPlace&)>& found);

// Errors: unavailable (cannot be read), malformed (not what was written there).
base::Result<std::string> read_payload(int file, const RecordPlace& place);

// The message of errno, as "doing what: why".
base::Error disk_error(const std::string& doing);

// Writes all of `bytes` at `offset`. Errors: unavailable.
base::Result<void> write_at(int file, std::string_view bytes, uint64_t offset);

}  // namespace opik::sdk

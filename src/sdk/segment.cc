#include "sdk/segment.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "sdk/crc32c.h"
#include "sdk/spool.h"

namespace opik::sdk {
namespace {

constexpr uint8_t kAckFlag = 0x80, kReplacesFlag = 0x40;
constexpr size_t kReadBytes = 256 << 10;  // of a segment at a time
constexpr size_t kRecordLengthMax = kRecordLengthMin + kSpoolPayloadBytesMax;

template <class T>
void put(std::string& to, T number) {
  for (size_t i = 0; i < sizeof(T); ++i) to += static_cast<char>(number >> (8 * i) & 0xff);
}

template <class T>
T get(const char* from) {
  T number = 0;
  for (size_t i = 0; i < sizeof(T); ++i) number |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(from[i])) << (8 * i));
  return number;
}

RecordHead head_of(const char* record) {
  RecordHead head;
  const auto flags = static_cast<uint8_t>(record[8]);
  head.kind = flags & kSpoolKindMax;
  head.is_ack = (flags & kAckFlag) != 0;
  head.replaces = (flags & kReplacesFlag) != 0;
  head.version = get<uint64_t>(record + 9);
  head.id = *base::Uuid::from_bytes({record + 17, 16});
  return head;
}

// A file read forward through a buffer.
class ForwardReader {
 public:
  explicit ForwardReader(int file) : file_(file) { buffer_.reserve(kReadBytes); }

  // The next `bytes` <= kReadBytes bytes; fewer at the end of the file. Valid until the next call.
  base::Result<std::string_view> next(size_t bytes) {
    if (buffer_.size() - taken_ < bytes) {
      buffer_.erase(0, taken_);
      taken_ = 0;
      while (buffer_.size() < bytes) {
        const size_t had = buffer_.size();
        buffer_.resize(kReadBytes);
        const ssize_t n = ::pread(file_, buffer_.data() + had, kReadBytes - had, static_cast<off_t>(offset_));
        buffer_.resize(had + (n > 0 ? static_cast<size_t>(n) : 0));
        if (n < 0 && errno != EINTR) return disk_error("reading a spool segment");
        if (n == 0) break;
        if (n > 0) offset_ += static_cast<uint64_t>(n);
      }
    }
    const std::string_view got = std::string_view(buffer_).substr(taken_, bytes);
    taken_ += got.size();
    return got;
  }

 private:
  int file_;
  std::string buffer_;
  size_t taken_ = 0;
  uint64_t offset_ = 0;  // in the file, of the buffer's end
};

// Reads one record; the place is empty if none whole begins at `offset`.
base::Result<RecordPlace> scan_record(ForwardReader& reader, uint64_t offset, RecordHead& head) {
  const auto start = reader.next(kRecordHeadBytes);
  if (!start) return start.error();
  if (start->size() < kRecordHeadBytes) return RecordPlace{};
  const uint32_t length = get<uint32_t>(start->data()), expected = get<uint32_t>(start->data() + 4);
  if (length < kRecordLengthMin || length > kRecordLengthMax) return RecordPlace{};
  head = head_of(start->data());
  uint32_t crc = crc32c(start->substr(8), crc32c(start->substr(0, 4)));
  for (size_t left = length - kRecordLengthMin; left > 0;) {
    const auto piece = reader.next(std::min(left, kReadBytes));
    if (!piece) return piece.error();
    if (piece->empty()) return RecordPlace{};
    crc = crc32c(*piece, crc);
    left -= piece->size();
  }
  if (crc != expected) return RecordPlace{};
  return RecordPlace{offset, length + 8};
}

}  // namespace

base::Error disk_error(const std::string& doing) {
  return {base::Code::unavailable, doing + ": " + std::error_code(errno, std::generic_category()).message()};
}

std::string segment_name(uint32_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "%016" PRIx32 ".seg", number);
  return name;
}

uint32_t segment_number(std::string_view name) {
  if (name.size() != 20 || name.substr(16) != ".seg") return 0;
  uint64_t number = 0;
  for (char c : name.substr(0, 16)) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return 0;
    number = number << 4 | static_cast<uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  return number < UINT32_MAX ? static_cast<uint32_t>(number) : 0;
}

void append_record(std::string& to, const RecordHead& head, std::string_view payload) {
  const size_t begin = to.size();
  to.reserve(begin + kRecordHeadBytes + payload.size());
  put(to, static_cast<uint32_t>(kRecordLengthMin + payload.size()));
  put(to, uint32_t{0});
  put(to, static_cast<uint8_t>(head.kind | (head.is_ack ? kAckFlag : 0) | (head.replaces ? kReplacesFlag : 0)));
  put(to, head.version);
  to += head.id.bytes();
  to += payload;
  const std::string_view record = std::string_view(to).substr(begin);
  std::string crc;
  put(crc, crc32c(record.substr(8), crc32c(record.substr(0, 4))));
  to.replace(begin + 4, 4, crc);
}

base::Result<SegmentEnd> scan_segment(int file, const std::function<void(const RecordHead&, const RecordPlace&)>& found) {
  const off_t size = ::lseek(file, 0, SEEK_END);
  if (size < 0) return disk_error("reading a spool segment");
  SegmentEnd end{0, static_cast<uint64_t>(size)};
  ForwardReader reader(file);
  const auto magic = reader.next(kSegmentMagic.size());
  if (!magic) return magic.error();
  if (*magic != kSegmentMagic) return end;
  end.good_bytes = kSegmentMagic.size();
  for (;;) {
    RecordHead head;
    const auto place = scan_record(reader, end.good_bytes, head);
    if (!place) return place.error();
    if (place->bytes == 0) break;
    found(head, *place);
    end.good_bytes += place->bytes;
  }
  end.torn_bytes = static_cast<uint64_t>(size) - end.good_bytes;
  return end;
}

base::Result<std::string> read_payload(int file, const RecordPlace& place) {
  std::string record(place.bytes, '\0');
  for (size_t got = 0; got < record.size();) {
    const ssize_t n = ::pread(file, record.data() + got, record.size() - got, static_cast<off_t>(place.offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return disk_error("reading a spool record");
    if (n == 0) return base::Error{base::Code::malformed, "reading a spool record: the file ends within it"};
    got += static_cast<size_t>(n);
  }
  const std::string_view view = record;
  if (get<uint32_t>(view.data()) + 8 != place.bytes ||
      crc32c(view.substr(8), crc32c(view.substr(0, 4))) != get<uint32_t>(view.data() + 4)) {
    return base::Error{base::Code::malformed, "reading a spool record: its checksum is wrong"};
  }
  record.erase(0, kRecordHeadBytes);
  return record;
}

base::Result<void> write_at(int file, std::string_view bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return disk_error("writing to the spool");
    bytes.remove_prefix(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return {};
}

}  // namespace opik::sdk

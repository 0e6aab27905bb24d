#include "base/uuid.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <random>

#include "base/clock.h"

namespace opik::base {
namespace {

constexpr char kHex[] = "0123456789abcdef";

// The value of every hex digit, 0xff for what is none: one load per digit, and one test for all of an id.
constexpr std::array<uint8_t, 256> kNibbles = [] {
  std::array<uint8_t, 256> table{};
  table.fill(0xff);
  for (uint8_t i = 0; i < 16; ++i) {
    table[static_cast<uint8_t>(kHex[i])] = i;
    if (i >= 10) table[static_cast<uint8_t>(kHex[i] - 'a' + 'A')] = i;
  }
  return table;
}();
constexpr std::array<uint8_t, 16> kByteAt{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};  // where each byte's digits stand

std::array<uint8_t, 16> with_ms(int64_t ms, uint8_t fill) {
  std::array<uint8_t, 16> bytes;
  bytes.fill(fill);
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<uint8_t>(ms >> (40 - 8 * i));
  return bytes;
}

}  // namespace

// Ascending over all threads: what one request made is listed before what the next one makes, whichever threads they are on.
Uuid Uuid::v7() {
  constexpr int kCounterBits = 12;  // rand_a of RFC 9562: a counter, of which the beginning of each millisecond leaves half
  static std::atomic<int64_t> last{0};
  thread_local std::mt19937_64 random{std::random_device{}()};
  const int64_t now = (now_us() / 1000) << kCounterBits | static_cast<int64_t>(random() & 0x7ff);
  int64_t before = last.load(std::memory_order_relaxed);
  int64_t next = 0;
  do {
    next = std::max(before + 1, now);
  } while (!last.compare_exchange_weak(before, next, std::memory_order_relaxed));
  auto bytes = with_ms(next >> kCounterBits, 0);
  const uint64_t tail = random();
  bytes[6] = static_cast<uint8_t>(0x70 | (next >> 8 & 0xf));
  bytes[7] = static_cast<uint8_t>(next);
  std::memcpy(&bytes[8], &tail, 8);
  bytes[8] = static_cast<uint8_t>(0x80 | (bytes[8] & 0x3f));
  return Uuid{bytes};
}

Uuid Uuid::least_at_ms(int64_t ms) { return Uuid{with_ms(ms, 0x00)}; }
Uuid Uuid::greatest_at_ms(int64_t ms) { return Uuid{with_ms(ms, 0xff)}; }

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
  std::array<uint8_t, 16> bytes;
  uint8_t wrong = 0;
  for (size_t i = 0; i < 16; ++i) {
    const uint8_t high = kNibbles[static_cast<uint8_t>(text[kByteAt[i]])];
    const uint8_t low = kNibbles[static_cast<uint8_t>(text[kByteAt[i] + 1])];
    wrong |= (high | low) & 0xf0;
    bytes[i] = static_cast<uint8_t>(high << 4 | (low & 0x0f));
  }
  if (wrong != 0) return std::nullopt;
  return Uuid{bytes};
}

std::optional<Uuid> Uuid::from_bytes(std::string_view bytes) {
  if (bytes.size() != 16) return std::nullopt;
  std::array<uint8_t, 16> copy;
  std::memcpy(copy.data(), bytes.data(), 16);
  return Uuid{copy};
}

void Uuid::write_text(char* to) const {
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *to++ = '-';
    *to++ = kHex[bytes_[i] >> 4];
    *to++ = kHex[bytes_[i] & 15];
  }
}

std::string Uuid::text() const {
  std::string out(36, '\0');
  write_text(out.data());
  return out;
}

int64_t Uuid::time_ms() const {
  int64_t ms = 0;
  for (int i = 0; i < 6; ++i) ms = ms << 8 | bytes_[i];
  return ms;
}

size_t UuidHash::operator()(const Uuid& id) const noexcept {
  uint64_t high;
  uint64_t low;
  std::memcpy(&high, id.bytes().data(), 8);
  std::memcpy(&low, id.bytes().data() + 8, 8);
  return static_cast<size_t>((high ^ (low * 0x9e3779b97f4a7c15ULL)) * 0xff51afd7ed558ccdULL);
}

}  // namespace opik::base

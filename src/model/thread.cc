#include "model/thread.h"

#include <array>

namespace opik::model {
namespace {

// FNV-1a, and at last a mix that lets every bit depend on every other.
class Hash {
 public:
  void add(uint8_t byte) { state_ = (state_ ^ byte) * 0x100000001b3; }
  void add(std::string_view bytes) {
    for (const char c : bytes) add(static_cast<uint8_t>(c));
  }
  uint64_t value() const {
    uint64_t mixed = state_;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 31;
  }

 private:
  uint64_t state_ = 0xcbf29ce484222325;
};

}  // namespace

base::Uuid thread_model_id(int64_t created_at_us, int64_t project, std::string_view thread_id) {
  Hash hash;
  for (int shift = 0; shift < 64; shift += 8) hash.add(static_cast<uint8_t>(project >> shift));
  hash.add(thread_id);
  const base::Uuid time = base::Uuid::least_at_ms(created_at_us / 1000);
  const auto us = static_cast<uint64_t>(created_at_us % 1000);
  std::array<uint8_t, 16> bytes{};
  for (size_t i = 0; i < 6; ++i) bytes[i] = static_cast<uint8_t>(time.bytes()[i]);
  bytes[6] = static_cast<uint8_t>(0x70 | us >> 6);  // version 7, and the microseconds of the millisecond
  bytes[7] = static_cast<uint8_t>(us << 2);
  for (size_t i = 0; i < 8; ++i) bytes[8 + i] = static_cast<uint8_t>(hash.value() >> (8 * (7 - i)));
  bytes[8] = static_cast<uint8_t>(0x80 | (bytes[8] & 0x3f));
  return base::Uuid(bytes);
}

}  // namespace opik::model

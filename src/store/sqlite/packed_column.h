#pragma once
// A column of numbers that is filled, then sealed and from then on only read.
//
// Sealed, a value takes as many whole bytes as the column's values lie apart: what is kept is its distance from the least of them, in
// the largest unit that divides all distances (times are seldom finer than a microsecond). What says the same of every row takes no
// bytes. "None" (kNoTime, NaN) has a code of its own, so that one row without an end does not cost the others eight bytes.
//
//   PackedColumn<int64_t> column;
//   column.push_back(7);
//   column.seal();
//   column[0] == 7
//
// Sealed: any thread.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>
#include <vector>

namespace opik::store::sqlite {

inline constexpr int64_t kNoTime = std::numeric_limits<int64_t>::min();

template <class T>
class PackedColumn {
 public:
  void push_back(T value) { open_.push_back(value); }
  size_t size() const { return is_sealed_ ? size_ : open_.size(); }
  size_t bytes() const { return open_.capacity() * sizeof(T) + (width_ == 0 ? 0 : size_ * width_ + sizeof(uint64_t)); }
  // Once; no values after it.
  void seal();
  bool is_sealed() const { return is_sealed_; }

  // Of a sealed column.
  T operator[](size_t row) const {
    uint64_t code;
    std::memcpy(&code, codes_ + row * width_, sizeof(code));
    code &= mask_;
    if (has_none_ && code == mask_) return none();
    return from_key(static_cast<Key>(static_cast<uint64_t>(least_) + code * unit_));
  }

 private:
  static_assert(std::endian::native == std::endian::little, "a code's low bytes are read first");
  static constexpr bool kIsReal = std::is_same_v<T, double>;
  using Key = std::conditional_t<kIsReal, uint64_t, T>;  // of a double its bits

  static constexpr uint8_t kNoCodes[sizeof(uint64_t)] = {};

  static constexpr T none() {
    if constexpr (kIsReal) return std::numeric_limits<double>::quiet_NaN();
    return std::is_same_v<T, int64_t> ? static_cast<T>(kNoTime) : T{};
  }
  static bool is_none(T value) {
    if constexpr (kIsReal) return value != value;
    return std::is_same_v<T, int64_t> && value == none();
  }
  static Key key_of(T value) {
    if constexpr (kIsReal)
      return std::bit_cast<Key>(value);
    else
      return value;
  }
  static T from_key(Key key) {
    if constexpr (kIsReal)
      return std::bit_cast<T>(key);
    else
      return key;
  }
  uint64_t distance(T value) const { return static_cast<uint64_t>(key_of(value)) - static_cast<uint64_t>(least_); }

  // (Division by what the compiler knows is a multiplication.)
  uint64_t in_units(uint64_t distance) const { return unit_ == 1 ? distance : unit_ == 1'000 ? distance / 1'000 : distance / 1'000'000; }
  bool is_divided_by(uint64_t unit) const {
    return std::all_of(open_.begin(), open_.end(), [&](T value) { return is_none(value) || distance(value) % unit == 0; });
  }

  std::vector<T> open_;
  const uint8_t* codes_ = kNoCodes;
  std::unique_ptr<uint8_t[]> owned_;
  size_t size_ = 0;
  size_t width_ = 0;  // bytes of a code, 0 to 8
  uint64_t mask_ = 0;
  uint64_t unit_ = 1;
  Key least_ = 0;
  bool has_none_ = false;  // all ones mean none
  bool is_sealed_ = false;
};

template <class T>
void PackedColumn<T>::seal() {
  size_ = open_.size();
  is_sealed_ = true;
  bool is_any = false;
  Key greatest = 0;
  for (const T value : open_) {
    if (is_none(value)) {
      has_none_ = true;
      continue;
    }
    const Key key = key_of(value);
    least_ = is_any ? std::min(least_, key) : key;
    greatest = is_any ? std::max(greatest, key) : key;
    is_any = true;
  }
  uint64_t most = static_cast<uint64_t>(greatest) - static_cast<uint64_t>(least_);
  if constexpr (std::is_same_v<T, int64_t>) {
    if (most > 0) unit_ = is_divided_by(1'000'000) ? 1'000'000 : is_divided_by(1'000) ? 1'000 : 1;
    most = in_units(most);
  }
  if (is_any || !has_none_) {
    while (width_ < sizeof(uint64_t) && (most > mask_ || (has_none_ && most == mask_))) {
      ++width_;
      mask_ = mask_ << 8 | 0xff;
    }
  }
  if (width_ > 0) {
    owned_ = std::make_unique<uint8_t[]>(size_ * width_ + sizeof(uint64_t));
    codes_ = owned_.get();
    for (size_t row = 0; row < size_; ++row) {
      const uint64_t code = is_none(open_[row]) ? mask_ : in_units(distance(open_[row]));
      std::memcpy(owned_.get() + row * width_, &code, sizeof(code));  // the bytes past its own are the next one's
    }
  }
  std::vector<T>().swap(open_);
}

}  // namespace opik::store::sqlite

#pragma once
// What columns refer to by number: an array that only grows. One thread appends; any thread may read the elements that it learned
// of through a lock that the appending thread held after appending: nothing that was read ever moves.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace opik::store::sqlite {

template <class T>
class GrowingArray {
 public:
  const T& operator[](uint32_t at) const {
    const uint64_t place = at + kFirstBlock;
    const int block = std::bit_width(place) - std::bit_width(kFirstBlock);
    return blocks_[static_cast<size_t>(block)][place - (kFirstBlock << block)];
  }
  uint32_t append(T value) {
    const uint64_t place = size_ + kFirstBlock;
    const int block = std::bit_width(place) - std::bit_width(kFirstBlock);
    std::unique_ptr<T[]>& elements = blocks_[static_cast<size_t>(block)];
    if (elements == nullptr) {
      elements = std::make_unique<T[]>(kFirstBlock << block);
      bytes_ += sizeof(T) * (kFirstBlock << block);
    }
    elements[place - (kFirstBlock << block)] = std::move(value);
    return size_++;
  }
  uint32_t size() const { return size_; }  // the appending thread's
  size_t bytes() const { return bytes_; }

 private:
  static constexpr uint64_t kFirstBlock = 64;
  std::array<std::unique_ptr<T[]>, 27> blocks_;  // each twice as long as the one before
  uint32_t size_ = 0;
  size_t bytes_ = 0;
};

// Values, each once: value -> number for the appending thread, number -> value for all.
template <class T, class View, class Hash>
class Dictionary {
 public:
  uint32_t number_of(View value) {
    const auto found = numbers_.find(value);
    if (found != numbers_.end()) return found->second;
    const uint32_t number = values_.append(T(value));
    numbers_.emplace(View(values_[number]), number);
    return number;
  }
  const T& operator[](uint32_t number) const { return values_[number]; }
  uint32_t size() const { return values_.size(); }
  size_t bytes() const { return values_.bytes() + numbers_.size() * kEntryBytes + numbers_.bucket_count() * sizeof(void*); }

 private:
  static constexpr size_t kEntryBytes = sizeof(View) + 32;
  GrowingArray<T> values_;
  std::unordered_map<View, uint32_t, Hash> numbers_;
};

// Texts. 0 is no text at all (NULL), which is not the empty one.
class Strings {
 public:
  static constexpr uint32_t kNone = 0;
  Strings() { texts_.number_of(kNoText); }
  uint32_t number_of(std::string_view text) {
    const uint32_t before = texts_.size();
    const uint32_t number = texts_.number_of(text);
    if (number == before && text.size() > kInPlaceBytes) long_bytes_ += text.size();
    return number;
  }
  // Empty for kNone.
  std::string_view operator[](uint32_t number) const { return number == kNone ? std::string_view{} : std::string_view(texts_[number]); }
  uint32_t size() const { return texts_.size(); }
  size_t bytes() const { return texts_.bytes() + long_bytes_; }

 private:
  static constexpr std::string_view kNoText{"\xff\0no text", 9};  // not UTF-8: no text is equal to it
  static constexpr size_t kInPlaceBytes = 15;
  Dictionary<std::string, std::string_view, std::hash<std::string_view>> texts_;
  size_t long_bytes_ = 0;
};

}  // namespace opik::store::sqlite

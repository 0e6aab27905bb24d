#pragma once
// Bytes with room behind them: readers may load up to kPadding bytes past size(), and find zeroes there.
// The JSON parser needs that; request bodies are read (and inflated) straight into one.

#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace opik::base {

class PaddedBuffer {
 public:
  static constexpr size_t kPadding = 64;

  PaddedBuffer() = default;
  explicit PaddedBuffer(size_t size) { resize(size); }
  explicit PaddedBuffer(std::string_view text) : PaddedBuffer(text.size()) {
    if (!text.empty()) std::memcpy(data_, text.data(), text.size());
  }
  PaddedBuffer(PaddedBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)), capacity_(std::exchange(other.capacity_, 0)) {}
  PaddedBuffer& operator=(PaddedBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~PaddedBuffer() { std::free(data_); }

  char* data() { return data_; }
  const char* data() const { return data_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {data_ == nullptr ? "" : data_, size_}; }

  // Keeps the first min(size(), size) bytes; new bytes are not initialised, the padding is zeroed.
  void resize(size_t size) {
    if (data_ == nullptr || size > capacity_) {
      void* grown = std::realloc(data_, size + kPadding);
      check(grown != nullptr, "out of memory");
      data_ = static_cast<char*>(grown);
      capacity_ = size;
    }
    size_ = size;
    std::memset(data_ + size_, 0, kPadding);
  }

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace opik::base

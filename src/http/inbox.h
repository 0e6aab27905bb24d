#pragma once
// What has come from the client and was not understood yet. Has no memory while it is empty and released.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace opik::http {

class Inbox {
 public:
  std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }

  void drop(size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  struct Room {
    char* at;
    size_t size;
  };
  // At least kRoomMin bytes behind what is there.
  Room room() {
    if (capacity_ - end_ < kRoomMin) make_room();
    return {bytes_.get() + end_, capacity_ - end_};
  }
  void add(size_t count) { end_ += count; }

  // Gives the memory back if there is nothing in it.
  void release() {
    if (!empty()) return;
    bytes_.reset();
    begin_ = end_ = capacity_ = 0;
  }

 private:
  static constexpr size_t kRoomMin = 4 << 10, kFirst = 16 << 10;

  void make_room() {
    const size_t size = end_ - begin_;
    if (size + kRoomMin > capacity_ || begin_ == 0) {
      const size_t capacity = std::max(kFirst, capacity_ * 2);
      std::unique_ptr<char[]> grown(new char[capacity]);
      if (size > 0) std::memcpy(grown.get(), bytes_.get() + begin_, size);
      bytes_ = std::move(grown);
      capacity_ = capacity;
    } else {
      std::memmove(bytes_.get(), bytes_.get() + begin_, size);
    }
    begin_ = 0;
    end_ = size;
  }

  std::unique_ptr<char[]> bytes_;
  size_t begin_ = 0, end_ = 0, capacity_ = 0;
};

}  // namespace opik::http

#pragma once
// A Tape carries records of bytes from one thread to the owner thread: a chain of chunks that go round. The writer's cost is its
// memcpy and one release store; it allocates only when the reader has fallen behind further than ever before.
//
//   writer:  if (char* at = tape.reserve(bytes_max)) tape.commit(fill(at)); else count_loss();
//   reader:  while (std::string_view record = tape.front(); !record.empty()) { use(record); tape.pop(); }
//
// Thread rule: one writer, one reader. Memory: chunks are charged to a budget shared by all tapes; without room, reserve() gives nothing.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace opik::sdk {

// Bytes that may be held at once, shared by all tapes of a connection.
struct TapeBudget {
  std::atomic<int64_t> left{0};
};

class Tape {
 public:
  explicit Tape(TapeBudget& budget) noexcept : budget_(budget) {}
  ~Tape();
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  // Room for a record of at most `bytes_max`; null if the budget is used up.
  char* reserve(uint32_t bytes_max) noexcept {
    if (write_ == nullptr || write_->capacity - written_ < bytes_max) [[unlikely]]
      return reserve_in_next(bytes_max);
    return write_->bytes() + written_;
  }
  // The record lies where reserve() said: `bytes` of it, a multiple of 8; its first four bytes say so too.
  void commit(uint32_t bytes) noexcept {
    written_ += bytes;
    write_->written.store(written_, std::memory_order_release);
    // The reader had these lines last. They are fetched back some records before they are needed: from another core a line takes longer
    // than a record does.
    const char* later = write_->bytes() + written_ + kFetchAhead;
#pragma GCC unroll 6
    for (uint32_t i = 0; i < kFetched; i += 64) __builtin_prefetch(later + i, 1);
  }

  // Reader. The record at the front (its first four bytes are its size), or empty.
  std::string_view front() noexcept;
  void pop() noexcept;

 private:
  struct Chunk {
    std::atomic<Chunk*> next{nullptr};
    std::atomic<uint32_t> written{0};  // bytes of whole records; only grows until the chunk is used anew
    uint32_t capacity = 0;
    char* bytes() noexcept { return reinterpret_cast<char*>(this + 1); }
  };
  static_assert(sizeof(Chunk) % 8 == 0);
  static constexpr uint32_t kFetchAhead = 2048;  // bytes: four spans with 200 bytes in and 200 out
  static constexpr uint32_t kFetched = 384;      // bytes: what such a span's longer call takes

  char* reserve_in_next(uint32_t bytes_max) noexcept;
  Chunk* take_chunk(uint32_t bytes) noexcept;
  void give_back(Chunk* chunk) noexcept;
  void free_chunk(Chunk* chunk) noexcept;

  TapeBudget& budget_;
  // Writer's.
  Chunk* write_ = nullptr;
  uint32_t written_ = 0;
  Chunk* stock_ = nullptr;  // used chunks, ready to be written again
  // Shared.
  alignas(64) std::atomic<Chunk*> first_{nullptr};
  std::atomic<Chunk*> used_{nullptr};  // a stack that the reader pushes to and the writer takes whole
  std::atomic<uint32_t> stocked_{0};   // chunks in used_ and stock_
  // Reader's.
  alignas(64) Chunk* read_ = nullptr;
  uint32_t read_at_ = 0;
};

}  // namespace opik::sdk

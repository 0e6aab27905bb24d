#include "sdk/tape.h"

#include <cstdlib>
#include <cstring>
#include <new>

namespace opik::sdk {
namespace {
constexpr uint32_t kChunkBytes = 64 << 10;  // with its head; larger only for one record that needs more
constexpr uint32_t kStockMax = 32;          // chunks kept for the writer: 2 MiB for a thread that once was in a hurry
}  // namespace

Tape::~Tape() {
  Chunk* chunk = read_ != nullptr ? read_ : first_.load(std::memory_order_acquire);
  while (chunk != nullptr) {
    Chunk* next = chunk->next.load(std::memory_order_acquire);
    free_chunk(chunk);
    chunk = next;
  }
  for (Chunk* list : {stock_, used_.load(std::memory_order_acquire)}) {
    while (list != nullptr) {
      Chunk* next = list->next.load(std::memory_order_relaxed);
      free_chunk(list);
      list = next;
    }
  }
}

char* Tape::reserve_in_next(uint32_t bytes_max) noexcept {
  Chunk* chunk = take_chunk(bytes_max);
  if (chunk == nullptr) return nullptr;
  if (write_ == nullptr)
    first_.store(chunk, std::memory_order_release);
  else
    write_->next.store(chunk, std::memory_order_release);  // after this the reader may give the old one back
  write_ = chunk;
  written_ = 0;
  return chunk->bytes();
}

Tape::Chunk* Tape::take_chunk(uint32_t bytes) noexcept {
  if (bytes <= kChunkBytes - sizeof(Chunk)) {
    if (stock_ == nullptr) stock_ = used_.exchange(nullptr, std::memory_order_acquire);
    if (stock_ != nullptr) {
      Chunk* chunk = stock_;
      stock_ = chunk->next.load(std::memory_order_relaxed);
      stocked_.fetch_sub(1, std::memory_order_relaxed);
      chunk->next.store(nullptr, std::memory_order_relaxed);
      chunk->written.store(0, std::memory_order_relaxed);
      return chunk;
    }
  }
  const uint32_t capacity = bytes > kChunkBytes - sizeof(Chunk) ? bytes : static_cast<uint32_t>(kChunkBytes - sizeof(Chunk));
  const auto cost = static_cast<int64_t>(capacity + sizeof(Chunk));
  if (budget_.left.fetch_sub(cost, std::memory_order_relaxed) < cost) {
    budget_.left.fetch_add(cost, std::memory_order_relaxed);
    return nullptr;
  }
  void* memory = std::malloc(capacity + sizeof(Chunk));
  if (memory == nullptr) {
    budget_.left.fetch_add(cost, std::memory_order_relaxed);
    return nullptr;
  }
  auto* chunk = new (memory) Chunk;
  chunk->capacity = capacity;
  return chunk;
}

void Tape::free_chunk(Chunk* chunk) noexcept {
  budget_.left.fetch_add(static_cast<int64_t>(chunk->capacity + sizeof(Chunk)), std::memory_order_relaxed);
  chunk->~Chunk();
  std::free(chunk);
}

void Tape::give_back(Chunk* chunk) noexcept {
  if (chunk->capacity != kChunkBytes - sizeof(Chunk) || stocked_.load(std::memory_order_relaxed) >= kStockMax) return free_chunk(chunk);
  stocked_.fetch_add(1, std::memory_order_relaxed);
  Chunk* top = used_.load(std::memory_order_relaxed);
  do {
    chunk->next.store(top, std::memory_order_relaxed);
  } while (!used_.compare_exchange_weak(top, chunk, std::memory_order_release, std::memory_order_relaxed));
}

std::string_view Tape::front() noexcept {
  if (read_ == nullptr) {
    read_ = first_.load(std::memory_order_acquire);
    if (read_ == nullptr) return {};
  }
  for (;;) {
    // The next chunk is linked after the last record of this one is committed, so it is looked for first.
    Chunk* next = read_->next.load(std::memory_order_acquire);
    if (read_at_ < read_->written.load(std::memory_order_acquire)) {
      uint32_t size;
      std::memcpy(&size, read_->bytes() + read_at_, sizeof size);
      return {read_->bytes() + read_at_, size};
    }
    if (next == nullptr) return {};
    Chunk* done = read_;
    read_ = next;
    read_at_ = 0;
    give_back(done);
  }
}

void Tape::pop() noexcept {
  uint32_t size;
  std::memcpy(&size, read_->bytes() + read_at_, sizeof size);
  read_at_ += size;
}

}  // namespace opik::sdk

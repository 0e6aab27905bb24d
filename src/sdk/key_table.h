#pragma once
// A KeyTable finds records by key and owns them: one array of slots, each the hash and the address of a record, searched from the place
// that the hash names to the next free slot.
//
//   KeyTable<Record, Key, KeyHash> table;        // Record has: Key key, and size_t hash, which is the table's
//   Record* record = table.find(key);
//   Record& added = table.add(std::make_unique<Record>(…));
//   table.erase(added);
//
// Why not std::unordered_map: with a hundred thousand records that wait, none is in the cache, and every step of a search waits for memory:
// there the bucket, the node before, the node, its key; here the slot and the record, which the caller needs anyway.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace opik::sdk {

template <class Record, class Key, class Hash>
class KeyTable {
 public:
  KeyTable() = default;
  ~KeyTable() {
    each([](Record& record) { delete &record; });
  }
  KeyTable(const KeyTable&) = delete;
  KeyTable& operator=(const KeyTable&) = delete;

  Record* find(const Key& key) const {
    if (slots_.empty()) return nullptr;
    const size_t hash = Hash{}(key);
    for (size_t at = home(hash); slots_[at].record != nullptr; at = after(at)) {
      if (slots_[at].hash == hash && slots_[at].record->key == key) return slots_[at].record;
    }
    return nullptr;
  }

  // Of a key that is not here yet.
  Record& add(std::unique_ptr<Record> record) {
    if (4 * (count_ + 1) > 3 * slots_.size()) grow();
    record->hash = Hash{}(record->key);
    ++count_;
    put({record->hash, record.get()});
    return *record.release();
  }

  void erase(Record& record) {
    size_t gap = home(record.hash);
    while (slots_[gap].record != &record) gap = after(gap);
    // Who stands behind and would be found from the gap on moves up, so that no search ends too early.
    for (size_t at = after(gap); slots_[at].record != nullptr; at = after(at)) {
      const size_t from_home = (at - home(slots_[at].hash)) & (slots_.size() - 1);
      const size_t from_gap = (at - gap) & (slots_.size() - 1);
      if (from_home < from_gap) continue;
      slots_[gap] = slots_[at];
      gap = at;
    }
    slots_[gap] = {};
    --count_;
    delete &record;
  }

  template <class F>
  void each(F&& use) const {
    for (const Slot& slot : slots_) {
      if (slot.record != nullptr) use(*slot.record);
    }
  }

 private:
  struct Slot {
    size_t hash = 0;
    Record* record = nullptr;
  };
  static constexpr unsigned kFirstBits = 6;

  // The upper bits of a hash that ends with a multiplication are the mixed ones.
  size_t home(size_t hash) const { return hash >> shift_; }
  size_t after(size_t at) const { return (at + 1) & (slots_.size() - 1); }

  void put(const Slot& slot) {
    size_t at = home(slot.hash);
    while (slots_[at].record != nullptr) at = after(at);
    slots_[at] = slot;
  }

  void grow() {
    shift_ = slots_.empty() ? 64 - kFirstBits : shift_ - 1;
    std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(size_t{1} << (64 - shift_)));
    for (const Slot& slot : before) {
      if (slot.record != nullptr) put(slot);
    }
  }

  std::vector<Slot> slots_;  // a power of two; at most three quarters are taken
  unsigned shift_ = 0;
  size_t count_ = 0;
};

}  // namespace opik::sdk

#pragma once
// The compressed part of a record: input, output, metadata and error_info in one zstd frame.
//
// Small JSON texts of one application repeat each other, so they are compressed against a dictionary trained from the user's
// own payloads: smaller by more than half, and in less time. Dictionaries are numbered, kept in the database for
// ever, and every frame carries the number of its own. The first payloads are compressed without one.
//
//   record  =  4 x varint (length + 1, or 0: absent)  then the texts
//
// Codec is thread-safe. Training runs on a thread of its own; the writer's thread collects the result with take_trained().

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "model/field.h"

namespace opik::store::sqlite {

// Appends to `out`; nothing if there is no payload.
void append_record(std::string& out, const model::Fields& fields);
// Throws SqlError(SQLITE_CORRUPT) where the bytes are not what was written.
void decode_record(std::string_view record, model::Fields& into);

class PayloadCodec {
 public:
  PayloadCodec();
  ~PayloadCodec();
  PayloadCodec(const PayloadCodec&) = delete;

  // Compresses with the newest dictionary, to the end of `out`. Empty in, empty out.
  void append_frame(std::string& out, std::string_view record) const;
  // Throws SqlError(SQLITE_CORRUPT) for a damaged frame or an unknown dictionary.
  std::string decompress(std::string_view frame) const;

  // A dictionary read from the database; numbers ascend.
  void add_dictionary(int64_t number, std::string bytes);
  // Counts a payload as seen, keeps a sample of it, and starts training when it is time.
  void sample(std::string_view record);
  // Where an earlier process left off: payloads seen in all, and at the last training (0: never trained).
  void resume(uint64_t seen, uint64_t seen_at_training);

  struct Trained {
    int64_t number = 0;
    uint64_t payloads_seen = 0;
    std::string bytes;
  };
  // A freshly trained dictionary: to be committed to the database, then given to add_dictionary(). At most once each.
  std::optional<Trained> take_trained();

 private:
  struct Dictionary;

  std::shared_ptr<const Dictionary> newest() const;
  std::shared_ptr<const Dictionary> numbered(int64_t number) const;
  void train(std::vector<std::string> samples, uint64_t payloads_seen);

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const Dictionary>> dictionaries_;  // shared: readers use one while another is added
  std::vector<std::string> samples_;
  size_t sample_bytes_ = 0;
  std::optional<Trained> trained_;
  std::atomic<bool> has_trained_{false};
  std::atomic<uint64_t> seen_{0};
  uint64_t next_training_ = 0;
  bool training_ = false;
  std::thread trainer_;
};

}  // namespace opik::store::sqlite

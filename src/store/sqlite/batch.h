#pragma once
// Messages on their way from a request's thread to the writer's: a create is a row and a compressed payload, ready to be bound; an
// update stays a message. What creates need lies in few pieces of memory, which a thousand spans fill and free at once. Payloads are
// compressed together, while the dictionary is in the processor's caches.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/attachments.h"
#include "store/sqlite/payload.h"
#include "store/sqlite/row.h"
#include "store/trace_store.h"

namespace opik::store::sqlite {

class Batch final : public PreparedBatch {
 public:
  Batch(PayloadCodec& codec, const cost::PriceTable& prices, int64_t its_workspace)
      : workspace(its_workspace), codec_(codec), prices_(prices) {}

  void add(model::Message message) override;
  void attach(size_t index, const NewAttachment& file) override;
  void clear() override;
  size_t size() const override { return entries_.size(); }
  void finish() override;

  struct Item {
    model::Kind kind = model::Kind::trace;
    model::Message::Form form = model::Message::Form::snapshot;
    base::Uuid id;
    model::Moment moment;
    // Of a snapshot.
    uint64_t content_hash = 0;
    std::string_view project_name;
    std::string_view row;  // for bind_row()
    bool has_thread = false;
    std::string_view frame;  // the payload, compressed; empty: none
    // Of a patch.
    const model::Message* patch = nullptr;
    std::span<const NewAttachment> files;  // taken out of the message
  };
  Item operator[](size_t index) const;
  // The message of an item; of a create without its payload, which fill_payload() opens again (throws SqlError).
  model::Message message(const Item& item) const;
  void fill_payload(const Item& item, model::Message& message) const;

  const int64_t workspace;

 private:
  struct Entry {
    model::Kind kind = model::Kind::trace;
    model::Message::Form form = model::Message::Form::snapshot;
    base::Uuid id;
    model::Moment moment;
    uint64_t content_hash = 0;
    bool has_thread = false;
    size_t begin = 0;  // a snapshot's project name in bytes_, or a patch in patches_
    size_t row_begin = 0;
    size_t row_end = 0;
    size_t frame_begin = 0;  // in records_; in frames_ once finished
    size_t frame_end = 0;
  };

  PayloadCodec& codec_;
  const cost::PriceTable& prices_;
  std::vector<Entry> entries_;
  std::vector<model::Message> patches_;
  std::vector<NewAttachment> files_;   // of all messages, in order
  std::vector<size_t> files_entries_;  // of which entry each is
  std::string bytes_;                  // of all snapshots: project name, row
  std::string frames_;                 // of all snapshots, once finished
  std::string records_;                // payloads that wait to be compressed
};

}  // namespace opik::store::sqlite

#include "store/sqlite/batch.h"

#include <algorithm>

namespace opik::store::sqlite {

using model::Message;

void Batch::add(Message message) {
  Entry& entry = entries_.emplace_back();
  entry.kind = message.kind;
  entry.form = message.form;
  entry.id = message.id;
  entry.moment = message.moment;
  if (message.form == Message::Form::patch) {
    entry.begin = patches_.size();
    patches_.push_back(std::move(message));
    return;
  }
  entry.content_hash = message.content_hash;
  entry.has_thread = message.fields.has(model::Field::thread_id);
  entry.begin = bytes_.size();
  bytes_ += message.project_name;
  entry.row_begin = bytes_.size();
  const Kept kept{.created_at_us = message.moment.arrival_us,
                  .last_updated_at_us = message.moment.stamp_us,
                  .base = message.moment,
                  .base_hash = message.content_hash,
                  .first_stamp_us = message.moment.stamp_us,
                  .is_patched = false};
  append_row(bytes_, message.kind, message.id, message.fields, PayloadFacts::of(message.kind, message.fields), kept, prices_);
  entry.row_end = bytes_.size();
  entry.frame_begin = records_.size();
  append_record(records_, message.fields);
  entry.frame_end = records_.size();
}

void Batch::attach(size_t index, const NewAttachment& file) {
  files_.push_back(file);
  files_entries_.push_back(index);
}

void Batch::finish() {
  for (Entry& entry : entries_) {
    if (entry.form == Message::Form::patch) continue;
    const std::string_view record = std::string_view(records_).substr(entry.frame_begin, entry.frame_end - entry.frame_begin);
    entry.frame_begin = frames_.size();
    codec_.sample(record);
    codec_.append_frame(frames_, record);
    entry.frame_end = frames_.size();
  }
  records_ = {};
}

void Batch::clear() {
  entries_.clear();
  patches_.clear();
  files_.clear();
  files_entries_.clear();
  bytes_.clear();
  frames_.clear();
  records_.clear();
}

Batch::Item Batch::operator[](size_t index) const {
  const Entry& entry = entries_[index];
  Item item;
  item.kind = entry.kind;
  item.form = entry.form;
  item.id = entry.id;
  item.moment = entry.moment;
  if (!files_.empty()) {
    const auto [begin, end] = std::equal_range(files_entries_.begin(), files_entries_.end(), index);
    item.files = std::span(files_).subspan(static_cast<size_t>(begin - files_entries_.begin()), static_cast<size_t>(end - begin));
  }
  if (entry.form == Message::Form::patch) {
    item.patch = &patches_[entry.begin];
    return item;
  }
  const std::string_view bytes = bytes_;
  item.content_hash = entry.content_hash;
  item.has_thread = entry.has_thread;
  item.project_name = bytes.substr(entry.begin, entry.row_begin - entry.begin);
  item.row = bytes.substr(entry.row_begin, entry.row_end - entry.row_begin);
  item.frame = std::string_view(frames_).substr(entry.frame_begin, entry.frame_end - entry.frame_begin);
  return item;
}

Message Batch::message(const Item& item) const {
  if (item.patch != nullptr) return *item.patch;
  Message message;
  message.kind = item.kind;
  message.form = item.form;
  message.id = item.id;
  message.moment = item.moment;
  message.content_hash = item.content_hash;
  message.project_name = item.project_name;
  message.fields = read_narrow(item.kind, item.row).fields;
  return message;
}

void Batch::fill_payload(const Item& item, Message& message) const {
  if (item.patch == nullptr) decode_record(codec_.decompress(item.frame), message.fields);
}

}  // namespace opik::store::sqlite

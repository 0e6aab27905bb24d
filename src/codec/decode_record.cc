#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "codec/body.h"
#include "codec/content_hash.h"
#include "codec/decode.h"
#include "codec/reader.h"
#include "codec/slice.h"
#include "codec/tag_change.h"
#include "model/limits.h"

// Traces and spans: creates, updates, and lists of them. The body is taken apart first (body.h), then each item's members are
// read one by one; the first rule that an item breaks is its error.

namespace opik::codec {
namespace {

using base::Code;
using base::Error;
using base::Result;
using base::Uuid;
using model::Field;
using model::Kind;
using model::Message;

constexpr std::array<std::string_view, 4> kSources{"sdk", "experiment", "playground", "optimization"};
constexpr std::string_view kDefaultSource = "sdk";
constexpr std::string_view kTimeRule = "must be after or equal 1970-01-01T00:00:00.000000Z and before 2262-04-11T23:47:16.000000000Z";
constexpr std::string_view kStampRule = "must be after or equal 1970-01-01T00:00:00.000000Z and before 2300-01-01T00:00:00.000000Z";

Key list_key(Kind kind) { return kind == Kind::trace ? Key::traces : Key::spans; }

Error not_version_7(Kind kind) {
  return {Code::invalid, fmt::format("{} id must be a version 7 UUID", kind == Kind::trace ? "Trace" : "Span")};
}

void set(Message& message, Field field, std::optional<std::string> value) {
  if (value) message.fields[field] = *std::move(value);
}
void set(Message& message, Field field, std::optional<double> value) {
  if (value) message.fields[field] = *value;
}
void set(Message& message, Field field, const std::optional<Uuid>& value) {
  if (value) message.fields[field] = std::string(value->bytes());
}

void read_time(Reader& in, Key key, Field field, Message& message) {
  const std::optional<base::Instant> instant = in.instant(key);
  if (!instant) return;
  constexpr int64_t kSecondNs = 1'000'000'000;
  if (instant->seconds < model::kTimeMinNs / kSecondNs || instant->seconds >= model::kTimeMaxNs / kSecondNs) {
    in.refuse(key, kTimeRule);
    return;
  }
  message.fields[field] = instant->seconds * kSecondNs + instant->nanos;
}

void read_stamp(Reader& in, Message& message) {
  const std::optional<base::Instant> instant = in.instant(Key::last_updated_at);
  if (!instant) return;
  const int64_t stamp_us = instant->seconds * 1'000'000 + instant->nanos / 1000;
  if (stamp_us < 0 || stamp_us >= model::kStampMaxUs) {
    in.refuse(Key::last_updated_at, kStampRule);
    return;
  }
  message.moment.stamp_us = stamp_us;
  message.moment.from_client = true;
}

// What creates and updates have in common. Payloads come last: nothing is copied of an item that is refused.
void read_fields(Reader& in, Message& message) {
  if (message.kind == Kind::span) {
    in.require(Key::trace_id);
    set(message, Field::trace_id, in.uuid(Key::trace_id));
    set(message, Field::parent_span_id, in.uuid(Key::parent_span_id));
    set(message, Field::type, in.one_of(Key::type, kSpanTypes));
    set(message, Field::model, in.text(Key::model));
    set(message, Field::provider, in.text(Key::provider));
    set(message, Field::usage, in.usage(Key::usage));
    set(message, Field::cost, in.real_not_negative(Key::total_estimated_cost));
  } else {
    set(message, Field::thread_id, in.text(Key::thread_id));
  }
  read_time(in, Key::end_time, Field::end_time, message);
  read_stamp(in, message);
  set(message, Field::name, in.text(Key::name));
  set(message, Field::ttft, in.real_not_negative(Key::ttft));
  set(message, Field::source, in.one_of(Key::source, kSources));
  set(message, Field::error_info, in.json_object(Key::error_info));
  if (in.failed()) return;
  set(message, Field::input, in.json(Key::input));
  set(message, Field::output, in.json(Key::output));
  set(message, Field::metadata, in.json(Key::metadata));
}

void drop_if(Message& message, Field field, std::string_view empty) {
  if (message.fields.text(field) == empty) message.fields[field] = {};
}

Result<Uuid> read_id(Reader& in, Kind kind) {
  const std::optional<Uuid> id = in.uuid(Key::id);
  if (in.failed()) return in.error();
  if (!id) return Uuid::v7();
  if (id->version() != 7) return not_version_7(kind);
  return *id;
}

// Fills `message`, which is new: a thousand times a batch, so it is not moved about.
Result<void> read_create(Kind kind, const Members& members, Where where, Message& message) {
  Reader in(members, where);
  const Result<Uuid> id = read_id(in, kind);
  if (!id) return id.error();
  message.kind = kind;
  message.form = Message::Form::snapshot;
  message.id = *id;
  message.project_name = read_project_name(in).value_or(std::string(model::kDefaultProject));
  in.require(Key::start_time);
  read_time(in, Key::start_time, Field::start_time, message);
  if (std::optional<std::vector<std::string>> tags = in.texts(Key::tags)) message.fields[Field::tags] = print_tags(*tags);
  read_fields(in, message);
  if (in.failed()) return in.error();
  drop_if(message, Field::tags, "[]");
  drop_if(message, Field::usage, "{}");
  if (!message.fields.has(Field::source)) message.fields[Field::source] = std::string(kDefaultSource);
  message.content_hash = hash_content(message);
  return {};
}

Result<Message> read_patch(Kind kind, const Members& members, Where where, bool merging_tags) {
  Reader in(members, where);
  Message message;
  message.kind = kind;
  message.form = Message::Form::patch;
  message.project_name = read_project_name(in).value_or("");
  message.project_id = in.uuid(Key::project_id);
  TagChange tags = read_tag_change(in, merging_tags);
  if (tags.tags) message.fields[Field::tags] = *std::move(tags.tags);
  if (!tags.edit.add.empty() || !tags.edit.remove.empty()) message.tag_edit = std::move(tags.edit);
  read_fields(in, message);
  if (in.failed()) return in.error();
  return message;
}

class RecordSink : public ItemSink {
 public:
  RecordSink(Kind kind, MessageSink& messages) : kind_(kind), messages_(messages) {}

  void begin() override {
    errors_.clear();
    messages_.begin();
  }
  void item(size_t index, const Members& members) override {
    const Where where{key_name(list_key(kind_)), index};
    Message message;
    if (const Result<void> read = read_create(kind_, members, where, message); !read) {
      Reader id_reader(members, where);
      errors_.push_back({index, id_reader.uuid(Key::id), read.error()});
      return;
    }
    messages_.message(index, message);
  }
  void item_of_wrong_type(size_t index, std::string_view value) override {
    errors_.push_back({index, std::nullopt, wrong_item(key_name(list_key(kind_)), index, value)});
  }
  std::vector<ItemError> take_errors() { return std::move(errors_); }

 private:
  const Kind kind_;
  MessageSink& messages_;
  std::vector<ItemError> errors_;
};

}  // namespace

Result<std::vector<ItemError>> decode_batch(Kind kind, const base::PaddedBuffer& body, MessageSink& messages) {
  RecordSink sink(kind, messages);
  if (const Result<void> read = read_list(body, list_key(kind), sink); !read) return read.error();
  return sink.take_errors();
}

Result<Message> decode_create(Kind kind, const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Message message;
  if (const Result<void> read = read_create(kind, *members, {}, message); !read) return read.error();
  return message;
}

Result<Message> decode_patch(Kind kind, const Uuid& id, const base::PaddedBuffer& body) {
  if (id.version() != 7) return not_version_7(kind);
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Result<Message> message = read_patch(kind, *members, {}, false);
  if (message) message->id = id;
  return message;
}

Result<std::vector<Message>> decode_patch_batch(Kind kind, const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  in.require(Key::ids);
  in.require(Key::update);
  const std::optional<std::vector<Uuid>> ids = in.uuids(Key::ids);
  const bool merging_tags = in.boolean(Key::merge_tags).value_or(false);
  const std::optional<Members> update = in.object(Key::update);
  if (in.failed()) return in.error();
  const Result<Message> message = read_patch(kind, *update, {key_name(Key::update), {}}, merging_tags);
  if (!message) return message.error();
  std::vector<Message> messages(ids->size(), *message);
  for (size_t i = 0; i < messages.size(); ++i) {
    if ((*ids)[i].version() != 7) return not_version_7(kind);
    messages[i].id = (*ids)[i];
  }
  return messages;
}

}  // namespace opik::codec

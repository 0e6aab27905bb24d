// Fuzzes everything that reads JSON. The first byte selects the reader, the rest is its text.
//
// What must hold, whatever the text: nothing is read outside of it; what a reader accepts is JSON; what check_json() and the
// parser's first stage accept, the readers agree on; a record made of what was read prints as JSON again.

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/padded_buffer.h"
#include "codec/decode.h"
#include "codec/encode.h"
#include "codec/slice.h"
#include "codec/validate.h"

namespace {

using namespace opik;
using base::check;
using model::Field;
using model::Kind;

bool is_json(std::string_view text) {
  const codec::JsonCheck checked = codec::check_json(text);
  return checked.ok() && checked.end == text.size() && !checked.non_finite && codec::valid_utf8(text);
}

bool is_too_deep(const codec::JsonCheck& checked) { return !checked.ok() && std::string_view(checked.error).starts_with("at most"); }

// A record is one level deeper than its fields.
void check_printed(std::string_view out) { check(is_json(out) || is_too_deep(codec::check_json(out)), "a record prints as JSON"); }

// A body may hold NaN, and be nested deeper than a payload by the levels around it.
void check_accepted(bool accepted, std::string_view text) {
  const codec::JsonCheck checked = codec::check_json(text);
  check(!accepted || checked.ok() || is_too_deep(checked), "accepted what is not JSON");
  check(!accepted || codec::valid_utf8(text), "accepted what is not UTF-8");
}

void check_error(const base::Error& error) {
  check(!error.message.empty() && codec::valid_utf8(error.message), "an error's text is UTF-8");
  std::string out;
  codec::append_errors(out, {error.message});
  codec::append_code_message(out, 400, error.message);
}

void check_message(const model::Message& message) {
  model::Record record;
  record.kind = message.kind;
  record.id = message.id;
  record.view.fields = message.fields;
  for (Field field : {Field::input, Field::output, Field::metadata, Field::error_info, Field::tags, Field::usage}) {
    if (!message.fields.has(field)) continue;
    check(is_json(message.fields.text(field)), "a field holds JSON");
    check(message.fields.text(field).find('\n') == std::string_view::npos, "a field is one line");
  }
  std::string out;
  codec::append_record(out, record, {});
  check_printed(out);
  out.clear();
  codec::append_record(out, record, {{"metadata", "name"}, true, true});
  check_printed(out);
  const std::vector<std::string> tags = codec::parse_tags(message.fields.text(Field::tags));
  check(tags.empty() || codec::print_tags(tags) == message.fields.text(Field::tags), "tags print as they were read");
  opik::model::TokenCounts usage;
  codec::add_usage(message.fields.text(Field::usage), usage);
  (void)codec::string_member(message.fields.text(Field::error_info), "exception_type");
  if (message.tag_edit) {
    const auto edited = codec::edit_tags("[\"a\"]", *message.tag_edit);
    check(!edited || is_json(*edited), "edited tags are JSON");
  }
}

// The items of a batch, collected.
struct Messages : codec::MessageSink {
  void begin() override {
    messages.clear();
    positions.clear();
  }
  void message(size_t index, model::Message& message) override {
    messages.push_back(std::move(message));
    positions.push_back(index);
  }
  std::vector<model::Message> messages;
  std::vector<size_t> positions;
  std::vector<codec::ItemError> errors;
};

base::Result<Messages> decode_messages(Kind kind, const base::PaddedBuffer& body) {
  Messages batch;
  auto errors = codec::decode_batch(kind, body, batch);
  if (!errors) return errors.error();
  batch.errors = *std::move(errors);
  return batch;
}

template <class Read>
void read_batch(const base::PaddedBuffer& body, Read&& read) {
  const auto batch = read(body);
  check_accepted(batch.has_value(), body.view());
  if (!batch) return check_error(batch.error());
  for (const codec::ItemError& item : batch->errors) check_error(item.error);
  if constexpr (requires { batch->messages; }) {
    check(batch->messages.size() == batch->positions.size(), "each message has a position");
    for (const model::Message& message : batch->messages) check_message(message);
  } else {
    check(batch->scores.size() == batch->positions.size(), "each score has a position");
  }
}

template <class Value>
bool read_value(const base::PaddedBuffer& body, const base::Result<Value>& result) {
  check_accepted(result.has_value(), body.view());
  if (!result) check_error(result.error());
  return result.has_value();
}

// Texts that come without padding, from headers, parameters and the store; perhaps not JSON at all.
void read_texts(std::string_view text) {
  const codec::JsonCheck checked = codec::check_json(text);
  if (checked.ok()) check(is_json(codec::standard_json(text.substr(0, checked.end))) || !codec::valid_utf8(text), "standard form is JSON");
  const auto names = codec::decode_names(text);
  if (!names) check_error(names.error());
  (void)codec::has_members(text);
  (void)codec::parse_tags(text);
  (void)codec::parse_instant_ns(text);
  (void)codec::string_member(text, "a");
  (void)codec::unescape(text);
  (void)codec::describe(text);
  opik::model::TokenCounts usage;
  codec::add_usage(text, usage);
  std::string out;
  codec::append_string(out, text);
  check(!codec::valid_utf8(text) || is_json(out), "a string prints as JSON");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const base::Uuid id = base::Uuid::least_at_ms(1);
  std::array<uint8_t, 16> bytes{};
  std::copy(id.bytes().begin(), id.bytes().end(), bytes.begin());
  bytes[6] = 0x70;
  const base::Uuid version_7{bytes};
  const base::PaddedBuffer body{text};
  const Kind kind = data[0] & 1 ? Kind::trace : Kind::span;
  switch (data[0] >> 1 & 15) {
    case 0:
    case 1:
    case 2:
      read_batch(body, [&](const auto& b) { return decode_messages(kind, b); });
      break;
    case 3:
    case 4: {
      const auto message = codec::decode_create(kind, body);
      if (read_value(body, message)) check_message(*message);
      break;
    }
    case 5: {
      const auto message = codec::decode_patch(kind, version_7, body);
      if (read_value(body, message)) check_message(*message);
      break;
    }
    case 6: {
      const auto messages = codec::decode_patch_batch(kind, body);
      if (read_value(body, messages)) check_message(messages->front());
      break;
    }
    case 7:
      read_batch(body, [&](const auto& b) { return codec::decode_score_batch(kind, b); });
      break;
    case 8:
      read_value(body, codec::decode_score(body));
      break;
    case 9:
      read_value(body, codec::decode_score_name(body));
      break;
    case 10:
      read_value(body, codec::decode_ids(body));
      break;
    case 11:
      read_value(body, codec::decode_project(body, kind == Kind::trace));
      break;
    case 12:
      read_value(body, codec::decode_search(kind, body));
      break;
    case 13:
      read_value(body, codec::decode_project_name(body));
      break;
    default:
      read_texts(text);
  }
  return 0;
}

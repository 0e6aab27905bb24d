#pragma once
// What the codec's tests share: bodies, and messages printed so that a test compares the whole of one.

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/padded_buffer.h"
#include "codec/decode.h"

namespace opik::codec {

inline constexpr std::string_view kId = "01933b7e-5f2d-7a10-8000-000000000001";
inline constexpr std::string_view kOtherId = "01933b7e-5f2d-7a10-8000-000000000002";
inline constexpr std::string_view kTraceId = "01933b7e-5f2d-7a10-8000-0000000000aa";
inline constexpr std::string_view kVersion4 = "7d444840-9dc0-41d1-b245-5ffdce74fad2";

inline base::Uuid uuid(std::string_view text) { return *base::Uuid::parse(text); }
inline base::PaddedBuffer body(std::string_view text) { return base::PaddedBuffer(text); }

// A batch, its items collected.
struct Batch : MessageSink {
  void begin() override {
    messages.clear();
    positions.clear();
  }
  void message(size_t index, model::Message& message) override {
    messages.push_back(std::move(message));
    positions.push_back(index);
  }
  std::vector<model::Message> messages;
  std::vector<size_t> positions;  // messages[i] was item positions[i] of the list
  std::vector<ItemError> errors;
};
inline base::Result<Batch> decode_batch(model::Kind kind, const base::PaddedBuffer& body) {
  Batch batch;
  base::Result<std::vector<ItemError>> errors = decode_batch(kind, body, batch);
  if (!errors) return errors.error();
  batch.errors = *std::move(errors);
  return batch;
}

// One line per thing that the message carries: "name: x", in the order of the fields.
inline std::string show(const model::Message& message) {
  using model::Field;
  std::string out =
      fmt::format("{} {}", model::kind_name(message.kind), message.form == model::Message::Form::snapshot ? "snapshot" : "patch");
  if (message.moment.from_client) out += fmt::format(" stamp {}", message.moment.stamp_us);
  if (!message.project_name.empty()) out += fmt::format(" in {}", message.project_name);
  if (message.project_id) out += fmt::format(" in project {}", message.project_id->text());
  out += "\n";
  model::each_field([&](Field field) {
    if (!message.fields.has(field)) return;
    out += fmt::format("{}: ", model::field_name(field));
    const model::Value& value = message.fields[field];
    if (const auto* integer = std::get_if<int64_t>(&value)) {
      out += fmt::format("{}", *integer);
    } else if (const auto* real = std::get_if<double>(&value)) {
      out += fmt::format("{}", *real);
    } else if (field == Field::trace_id || field == Field::parent_span_id) {
      out += base::Uuid::from_bytes(message.fields.text(field))->text();
    } else {
      out += message.fields.text(field);
    }
    out += "\n";
  });
  if (message.tag_edit) out += fmt::format("add {} remove {}\n", print_tags(message.tag_edit->add), print_tags(message.tag_edit->remove));
  return out;
}

inline std::string show(base::Code code) {
  switch (code) {
    case base::Code::malformed:
      return "malformed";
    case base::Code::invalid:
      return "invalid";
    case base::Code::unprocessable:
      return "unprocessable";
    default:
      return "another code";
  }
}
inline std::string show(const base::Error& error) { return show(error.code) + ": " + error.message; }

template <class T>
std::string show(const base::Result<T>& result) {
  return result ? show(*result) : show(result.error());
}

// "3: <message>" per line.
template <class BatchOf>
std::string show_errors(const BatchOf& batch) {
  std::string out;
  for (const ItemError& item : batch.errors) {
    out += fmt::format("{} {} {}\n", item.index, item.id ? item.id->text() : "-", show(item.error));
  }
  return out;
}

}  // namespace opik::codec

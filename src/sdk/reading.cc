#include "sdk/reading.h"

#include <charconv>

#include "sdk/channel.h"
#include "sdk/instant.h"
#include "sdk/text.h"
#include "sdk/ticks.h"

namespace opik::sdk {
namespace {

constexpr size_t kNameBytesMax = 64 << 10;
constexpr size_t kAddedBytes = 256;  // of a row beside what the call carries: ids, times, project; about

bool is_anonymized(Field field) { return field == Field::input || field == Field::output || field == Field::metadata; }
bool is_time(Field field) { return field == Field::start_time || field == Field::end_time; }

void append_quoted(std::string& out, const base::Uuid& id) {
  const size_t at = out.size();
  out.append(38, '"');
  id.write_text(&out[at + 1]);
}

template <class T>
T scalar(std::string_view bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

}  // namespace

void Reading::read(std::string_view bytes) {
  const CallReader call(bytes);
  switch (call.head().op) {
    case Op::create:
    case Op::update:
    case Op::end:
      return read_entity(call);
    case Op::score:
      return read_score(call);
    case Op::attach:
      return read_attachment(call);
    case Op::refuse:
      call.each([&](const FieldHead&, std::string_view reason) { queue_.refuse(call.head().id, std::string(reason)); });
      return;
  }
}

void Reading::append_json(std::string& out, const FieldHead& field, std::string_view bytes) {
  if (field.repaired) ++repaired_;
  char number[32];
  switch (field.form) {
    case Form::null:
      out += "null";
      return;
    case Form::boolean:
      out += scalar<int64_t>(bytes) != 0 ? "true" : "false";
      return;
    case Form::int64:
      if (is_time(field.field)) return append_time_us(out, scalar<int64_t>(bytes) / 1000);
      out.append(number, std::to_chars(number, number + 32, scalar<int64_t>(bytes)).ptr);
      return;
    case Form::uint64:
      out.append(number, std::to_chars(number, number + 32, scalar<uint64_t>(bytes)).ptr);
      return;
    case Form::number: {
      const auto value = scalar<double>(bytes);
      if (!(value - value == 0)) ++repaired_;
      return append_number(out, value);
    }
    case Form::string:
      if (append_json_string(out, bytes)) ++repaired_;
      return;
    case Form::object:
    case Form::array:
      out += field.form == Form::object ? '{' : '[';
      out += bytes;
      out += field.form == Form::object ? '}' : ']';
      return;
    case Form::json:
      out += bytes;
      return;
  }
}

void Reading::anonymize(Field field, std::string& json) {
  const auto where = field == Field::input    ? AnonymizedField::input
                     : field == Field::output ? AnonymizedField::output
                                              : AnonymizedField::metadata;
  json = rewrite_strings(json, [&](std::string& text) {
    for (const Anonymizer& rewrite : anonymizers_) {
      try {
        rewrite(where, text);
      } catch (...) {
        text = "(anonymizer threw)";
      }
    }
  });
}

void Reading::fill(Row& row, const CallReader& call) {
  row.reserve(call.head().bytes + kAddedBytes);
  call.each([&](const FieldHead& field, std::string_view bytes) {
    const bool is_name = field.form == Form::string && !is_anonymized(field.field) && field.field != Field::error_info;
    if (is_name) bytes = cut_text(bytes, kNameBytesMax);
    if (anonymizers_.empty() || !is_anonymized(field.field))
      return row.set_by(field.field, [&](std::string& out) { append_json(out, field, bytes); });
    scratch_.clear();
    append_json(scratch_, field, bytes);
    anonymize(field.field, scratch_);
    row.set(field.field, scratch_);
  });
}

void Reading::read_entity(const CallReader& call) {
  const CallHead& head = call.head();
  const Key key{head.kind, head.id, {}};
  const int64_t at_us = wall_ns(head.tick) / 1000;
  Row row;
  fill(row, call);
  const bool ended = head.op == Op::end || row.has(Field::end_time);
  if (head.op == Op::end && !row.has(Field::end_time)) {
    row.set_by(Field::end_time, [&](std::string& out) { append_time_us(out, at_us); });
  }
  const auto set_address = [&](Row& to) {
    to.set(Field::project_name, head.channel->project_json);
    if (head.kind != Kind::span) return;
    to.set_by(Field::trace_id, [&](std::string& out) { append_quoted(out, head.trace_id); });
    if (head.parent_id != base::Uuid{}) to.set_by(Field::parent_span_id, [&](std::string& out) { append_quoted(out, head.parent_id); });
  };
  if (head.op == Op::create) {
    set_address(row);
    if (!row.has(Field::start_time)) {
      row.set_by(Field::start_time, [&](std::string& out) { append_time_us(out, at_us); });
    }
    if (head.kind == Kind::span && !row.has(Field::type)) row.set(Field::type, "\"general\"");
    if (!row.has(Field::source)) row.set(Field::source, "\"sdk\"");
    return queue_.create(key, std::move(row), at_us, ended);
  }
  if (!queue_.update(key, row, set_address, at_us, ended) && head.channel->warns) foreign_[static_cast<size_t>(head.method)] = true;
}

// A score is known by its entity and its name, so that scoring again replaces.
void Reading::read_score(const CallReader& call) {
  const CallHead& head = call.head();
  Row row;
  fill(row, call);
  if (!row.has(Field::project_name)) row.set(Field::project_name, head.channel->project_json);
  row.set(Field::source, "\"sdk\"");
  std::string name(row.get(Field::name));
  if (head.kind == Kind::thread_score) {
    name += row.get(Field::thread_id);
    name += row.get(Field::project_name);
  }
  queue_.create({head.kind, head.id, std::move(name)}, std::move(row), wall_ns(head.tick) / 1000, true);
}

void Reading::read_attachment(const CallReader& call) {
  const CallHead& head = call.head();
  Row row;
  call.each([&](const FieldHead& field, std::string_view bytes) { row.set(field.field, bytes); });
  row.set(Field::project_name, head.channel->project);
  const int64_t at_us = wall_ns(head.tick) / 1000;
  // Unique in this process, and, with the time, on disk.
  std::string name = std::to_string(at_us) + '.' + std::to_string(++attachments_);
  queue_.create({Kind::attachment, head.id, std::move(name)}, std::move(row), at_us, true);
}

std::vector<Method> Reading::take_foreign() {
  std::vector<Method> methods;
  for (size_t i = 0; i < foreign_.size(); ++i) {
    if (foreign_[i]) methods.push_back(static_cast<Method>(i));
    foreign_[i] = false;
  }
  return methods;
}

}  // namespace opik::sdk

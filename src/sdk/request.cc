#include "sdk/request.h"

#include <cstring>

#include "sdk/instant.h"

namespace opik::sdk {
namespace {

constexpr char kPackedFormat = 1;  // to be raised when Field or Kind change their numbers

std::string_view batch_path(Kind kind) {
  switch (kind) {
    case Kind::trace:
      return "v1/private/traces/batch";
    case Kind::span:
      return "v1/private/spans/batch";
    case Kind::trace_score:
      return "v1/private/traces/feedback-scores";
    case Kind::span_score:
      return "v1/private/spans/feedback-scores";
    case Kind::thread_score:
      return "v1/private/traces/threads/feedback-scores";
    case Kind::attachment:
      break;
  }
  return "";
}

std::string_view list_name(Kind kind) { return kind == Kind::trace ? "traces" : kind == Kind::span ? "spans" : "scores"; }
bool is_entity(Kind kind) { return kind == Kind::trace || kind == Kind::span; }

void append_item(std::string& out, const Item& item) {
  out += '{';
  if (item.key.kind != Kind::thread_score) {
    out += "\"id\":\"";
    const size_t at = out.size();
    out.resize(at + 36);
    item.key.id.write_text(&out[at]);
    out += "\",";
  }
  item.row->append_members(out);
  if (is_entity(item.key.kind)) {
    out += ",\"last_updated_at\":";
    append_time_us(out, item.version);
  }
  out += '}';
}

}  // namespace

HttpRequest make_request(const Batch& batch) {
  HttpRequest request;
  if (!batch.whole) {
    const Item& item = batch.items.front();
    request.method = "PATCH";
    request.path = (batch.kind == Kind::trace ? "v1/private/traces/" : "v1/private/spans/") + item.key.id.text();
    request.body = "{";
    item.row->append_members(request.body);
    request.body += '}';
    return request;
  }
  request.method = is_entity(batch.kind) ? "POST" : "PUT";
  request.path = batch_path(batch.kind);
  size_t bytes = 32;
  for (const Item& item : batch.items) bytes += item.row->text_bytes() + 400;
  request.body.reserve(bytes);
  request.body += "{\"";
  request.body += list_name(batch.kind);
  request.body += "\":[";
  for (const Item& item : batch.items) {
    if (request.body.back() == '}') request.body += ',';
    append_item(request.body, item);
  }
  request.body += "]}";
  return request;
}

AttachmentUpload make_upload(const Item& item) {
  const Row& row = *item.row;
  AttachmentUpload upload;
  upload.entity = row.has(Field::is_span) ? AttachmentUpload::Entity::span : AttachmentUpload::Entity::trace;
  upload.entity_id = item.key.id.text();
  upload.project_name = row.get(Field::project_name);
  upload.file_name = row.get(Field::file_name);
  upload.mime_type = row.get(Field::content_type);
  upload.path = row.get(Field::path);
  upload.bytes = row.get(Field::bytes);
  return upload;
}

// packed := format:u8 kind:u8 whole:u8 name_bytes:u32 name row
std::string pack_item(const Item& item) {
  std::string packed;
  packed.reserve(16 + item.key.name.size() + item.row->text_bytes() + kFields * 5);
  packed += kPackedFormat;
  packed += static_cast<char>(item.key.kind);
  packed += static_cast<char>(item.whole);
  const auto bytes = static_cast<uint32_t>(item.key.name.size());
  packed.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
  packed += item.key.name;
  item.row->pack(packed);
  return packed;
}

std::optional<Item> unpack_item(std::string_view packed) {
  constexpr size_t kHeadBytes = 7;
  if (packed.size() < kHeadBytes || packed[0] != kPackedFormat || static_cast<uint8_t>(packed[1]) >= kKinds) return std::nullopt;
  Item item;
  item.key.kind = static_cast<Kind>(packed[1]);
  item.whole = packed[2] != 0;
  uint32_t bytes;
  std::memcpy(&bytes, packed.data() + 3, sizeof bytes);
  packed.remove_prefix(kHeadBytes);
  if (bytes > packed.size()) return std::nullopt;
  item.key.name = packed.substr(0, bytes);
  std::optional<Row> row = Row::unpack(packed.substr(bytes));
  if (!row) return std::nullopt;
  item.row = std::make_shared<const Row>(std::move(*row));
  return item;
}

}  // namespace opik::sdk

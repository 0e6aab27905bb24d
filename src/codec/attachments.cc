#include "codec/attachments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "codec/body.h"
#include "codec/encode.h"
#include "codec/object_writer.h"
#include "codec/reader.h"
#include "codec/slice.h"
#include "model/limits.h"

namespace opik::codec {
namespace {

using base::Code;
using base::Error;
using base::Result;
using model::Kind;

constexpr std::array<std::string_view, 2> kKinds{"trace", "span"};

Kind read_kind(Reader& in) {
  in.require(Key::entity_type);
  return in.one_of(Key::entity_type, kKinds) == "span" ? Kind::span : Kind::trace;
}

base::Uuid read_entity(Reader& in) {
  in.require(Key::entity_id);
  return in.uuid(Key::entity_id).value_or(base::Uuid{});
}

std::string read_file_name(Reader& in) {
  in.require(Key::file_name);
  std::string name = in.text_as_is(Key::file_name).value_or("");
  if (const std::optional<std::string> fault = fault_of_file_name(name)) in.refuse(Key::file_name, *fault);
  return name;
}

AttachmentTarget read_target(Reader& in) {
  AttachmentTarget target;
  target.file_name = read_file_name(in);
  target.kind = read_kind(in);
  target.entity_id = read_entity(in);
  target.mime_type = in.text(Key::mime_type).value_or("");
  if (const std::optional<std::string> fault = fault_of_mime_type(target.mime_type)) in.refuse(Key::mime_type, *fault);
  target.project_name = read_project_name(in).value_or("");
  return target;
}

bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

std::optional<Kind> kind_named(std::string_view name) {
  if (name == kKinds[0]) return Kind::trace;
  if (name == kKinds[1]) return Kind::span;
  return std::nullopt;
}

std::optional<std::string> fault_of_file_name(std::string_view name) {
  if (is_blank(name)) return "must not be blank";
  if (count_characters(name) > model::kFileNameCharsMax) return fmt::format("size must be between 1 and {}", model::kFileNameCharsMax);
  if (has_controls(name)) return "must not hold control characters";
  return std::nullopt;
}

std::optional<std::string> fault_of_mime_type(std::string_view type) {
  const bool is_plain = std::all_of(type.begin(), type.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!is_plain || type.size() > model::kMimeTypeCharsMax || (!type.empty() && type.find('/') == std::string_view::npos)) {
    return fmt::format("must be like type/subtype, of at most {} printable ASCII characters", model::kMimeTypeCharsMax);
  }
  return std::nullopt;
}

Result<UploadStart> decode_upload_start(const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  UploadStart start;
  start.target = read_target(in);
  in.require(Key::num_of_file_parts);
  in.integer(Key::num_of_file_parts, INT32_MIN, INT32_MAX);
  in.require(Key::path);
  start.path = in.text_not_blank(Key::path).value_or("");
  if (in.failed()) return in.error();
  return start;
}

Result<void> decode_upload_complete(const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  read_target(in);
  in.require(Key::upload_id);
  in.text_not_blank(Key::upload_id);
  if (in.failed()) return in.error();
  return {};
}

Result<AttachmentDeletion> decode_attachment_deletion(const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  AttachmentDeletion deletion;
  deletion.kind = read_kind(in);
  deletion.entity_id = read_entity(in);
  if (in.has(Key::file_name) && !in.has(Key::file_names)) {
    deletion.file_names.push_back(read_file_name(in));
  } else {
    in.require(Key::file_names);
    deletion.file_names = in.texts(Key::file_names).value_or(std::vector<std::string>{});
    if (deletion.file_names.empty() || deletion.file_names.size() > model::kBatchItemsMax) {
      in.refuse(Key::file_names, fmt::format("size must be between 1 and {}", model::kBatchItemsMax));
    }
  }
  deletion.project_id = in.uuid(Key::container_id);
  if (in.failed()) return in.error();
  return deletion;
}

void append_upload_answer(std::string& out, std::string_view upload_id, const std::string& url) {
  ObjectWriter object(out);
  append_string(object.key("upload_id"), upload_id);
  object.key("pre_sign_urls").push_back('[');
  append_string(out, url);
  out.push_back(']');
}

void append_attachment_page(std::string& out, const std::vector<ListedAttachment>& attachments, int64_t page, int64_t total) {
  ObjectWriter object(out);
  append_integer(object.key("page"), page);
  append_integer(object.key("size"), static_cast<int64_t>(attachments.size()));
  append_integer(object.key("total"), total);
  object.key("content").push_back('[');
  for (const ListedAttachment& attachment : attachments) {
    if (&attachment != attachments.data()) out.push_back(',');
    ObjectWriter one(out);
    append_string(one.key("link"), attachment.link);
    append_string(one.key("file_name"), attachment.file_name);
    append_integer(one.key("file_size"), attachment.file_size);
    append_string(one.key("mime_type"), attachment.mime_type);
  }
  out.push_back(']');
  object.key("sortableBy").append("[]");
}

}  // namespace opik::codec

#include "codec/comment.h"

#include "codec/body.h"
#include "codec/object_writer.h"
#include "codec/reader.h"
#include "model/record.h"

namespace opik::codec {

base::Result<std::string> decode_comment(const base::PaddedBuffer& body) {
  const base::Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  std::optional<std::string> text = in.text_not_blank(Key::text);
  if (!text) in.refuse(Key::text, "must not be blank");
  if (in.failed()) return in.error();
  return *std::move(text);
}

void append_comment(std::string& out, const model::Comment& comment) {
  ObjectWriter object(out);
  append_string(object.key("id"), comment.id.text());
  append_string(object.key("text"), comment.text);
  append_time_us(object.key("created_at"), comment.created_at_us);
  append_time_us(object.key("last_updated_at"), comment.last_updated_at_us);
  append_string(object.key("created_by"), model::kOnlyUser);
  append_string(object.key("last_updated_by"), model::kOnlyUser);
}

void append_comments(std::string& out, const std::vector<model::Comment>& comments) {
  out.push_back('[');
  for (const model::Comment& comment : comments) {
    if (&comment != comments.data()) out.push_back(',');
    append_comment(out, comment);
  }
  out.push_back(']');
}

}  // namespace opik::codec

#include "codec/encode.h"
#include "codec/object_writer.h"

namespace opik::codec {

void append_errors(std::string& out, const std::vector<std::string>& messages) {
  ObjectWriter object(out);
  object.key("errors").push_back('[');
  for (const std::string& message : messages) {
    if (&message != messages.data()) out.push_back(',');
    append_string(out, message);
  }
  out.push_back(']');
}

void append_code_message(std::string& out, int code, std::string_view message) {
  ObjectWriter object(out);
  append_integer(object.key("code"), code);
  append_string(object.key("message"), message);
}

void append_partial_failure(std::string& out, const std::vector<RejectedItem>& rejected, size_t stored) {
  ObjectWriter object(out);
  object.key("errors").push_back('[');
  for (const RejectedItem& item : rejected) {
    if (&item != rejected.data()) out.push_back(',');
    append_string(out, item.error);
  }
  out.push_back(']');
  object.key("rejected").push_back('[');
  for (const RejectedItem& item : rejected) {
    if (&item != rejected.data()) out.push_back(',');
    ObjectWriter member(out);
    append_integer(member.key("index"), static_cast<int64_t>(item.index));
    if (!item.id.empty()) append_string(member.key("id"), item.id);
    append_string(member.key("error"), item.error);
  }
  out.push_back(']');
  append_integer(object.key("stored"), static_cast<int64_t>(stored));
}

}  // namespace opik::codec

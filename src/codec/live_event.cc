#include "codec/live_event.h"

#include "codec/object_writer.h"

namespace opik::codec {

void append_live_event(std::string& out, const LiveEvent& event) {
  ObjectWriter object(out);
  append_string(object.key("id"), event.id.text());
  append_string(object.key("what"), event.what);
  if (!event.name.empty()) append_string(object.key("name"), event.name);
  if (event.start_time_ns) append_time_ns(object.key("start_time"), *event.start_time_ns);
  if (event.end_time_ns) append_time_ns(object.key("end_time"), *event.end_time_ns);
  if (event.changed.empty()) return;
  object.key("changed").push_back('[');
  for (const std::string_view member : event.changed) {
    if (out.back() != '[') out.push_back(',');
    append_string(out, member);
  }
  out.push_back(']');
}

}  // namespace opik::codec

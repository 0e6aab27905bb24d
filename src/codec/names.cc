#include "codec/names.h"

#include "codec/object_writer.h"

namespace opik::codec {

void append_score_names(std::string& out, const std::vector<std::string>& names) {
  ObjectWriter object(out);
  object.key("scores").push_back('[');
  for (const std::string& name : names) {
    if (&name != names.data()) out.push_back(',');
    ObjectWriter score(out);
    append_string(score.key("name"), name);
  }
  out.push_back(']');
}

void append_usage_names(std::string& out, const std::vector<std::string>& names) {
  ObjectWriter object(out);
  object.key("names").push_back('[');
  for (const std::string& name : names) {
    if (&name != names.data()) out.push_back(',');
    append_string(out, name);
  }
  out.push_back(']');
}

}  // namespace opik::codec

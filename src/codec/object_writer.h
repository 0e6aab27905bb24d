#pragma once
// Appends a JSON object to a string, member by member; the closing brace comes with the end of the scope.
//
//   ObjectWriter object(out);
//   append_string(object.key("name"), "x");
//   append_number(object.key("value"), 1.5);

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "codec/encode.h"

namespace opik::codec {

class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_.push_back('{'); }
  ~ObjectWriter() { out_.push_back('}'); }
  ObjectWriter(const ObjectWriter&) = delete;

  // Appends the member's name; its value is to be appended to what is returned. `name` is one of ours: nothing in it is to be escaped.
  std::string& key(std::string_view name) {
    out_.append(first_ ? "\"" : ",\"", first_ ? 1 : 2);
    first_ = false;
    return out_.append(name).append("\":", 2);
  }
  // The same for a name that users chose.
  std::string& chosen_key(std::string_view name) {
    if (!first_) out_.push_back(',');
    first_ = false;
    append_string(out_, name);
    out_.push_back(':');
    return out_;
  }

 private:
  std::string& out_;
  bool first_ = true;
};

inline void append_integer(std::string& out, int64_t value) {
  char text[24];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  out.append(text, end);
}

// Instants as JSON strings.
inline void append_time_ns(std::string& out, int64_t ns) {
  out.push_back('"');
  append_instant_ns(out, ns);
  out.push_back('"');
}
inline void append_time_us(std::string& out, int64_t us) {
  out.push_back('"');
  append_instant_us(out, us);
  out.push_back('"');
}

}  // namespace opik::codec

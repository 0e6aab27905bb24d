#include "codec/content_hash.h"

#include <array>
#include <cstring>

#include <xxhash.h>

namespace opik::codec {

uint64_t hash_content(const model::Message& message) {
  std::array<uint64_t, 2 * (model::kFieldCount + 1)> parts;
  size_t at = 0;
  const auto add = [&](uint64_t shape, uint64_t content) {
    parts[at++] = shape;
    parts[at++] = content;
  };
  add(message.project_name.size(), XXH3_64bits(message.project_name.data(), message.project_name.size()));
  model::each_field([&](model::Field f) {
    const model::Value& value = message.fields[f];
    const uint64_t type = value.index();
    if (const auto* text = std::get_if<std::string>(&value)) {
      add(text->size() << 2 | type, XXH3_64bits(text->data(), text->size()));
    } else if (const auto* integer = std::get_if<int64_t>(&value)) {
      add(type, static_cast<uint64_t>(*integer));
    } else {
      uint64_t bits = 0;
      if (const auto* real = std::get_if<double>(&value)) std::memcpy(&bits, real, sizeof bits);
      add(type, bits);
    }
  });
  return XXH3_64bits(parts.data(), sizeof parts);
}

}  // namespace opik::codec

#pragma once
// Files inside of JSON text: long runs of base64 that are a file of a known type.
//
//   "data:image/png;base64,iVBORw0KGgo..."   <->   "data:image/png;base64,[input-attachment-1-1234567890123456789.png]"
//
// What stands for a file is made from its content alone: of one text always the same, whoever takes it apart, whenever. So messages
// can be taken apart before they are merged, and what is merged says the same as before (docs/merge.md).
//
// A text is changed only where putting the file back gives exactly the text that was. Pure.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "codec/file_type.h"

namespace opik::codec {

// Digits of base64 from which a run is looked at: Opik's.
inline constexpr size_t kEmbeddedDigitsMin = 256'000;

struct EmbeddedFile {
  std::string bytes;
  FileType type;
};

// The name under which a file is stored; nothing: it stays in the text. `number` counts from 1.
using StoreEmbedded = std::function<std::optional<std::string>(EmbeddedFile file, size_t number)>;

// Whether a text is long enough for there to be any.
inline bool may_embed_files(std::string_view json) { return json.size() >= kEmbeddedDigitsMin; }

// Offers each file in `json` to `store`; "[name]" takes the place of each that was stored.
void take_embedded_files(std::string& json, const StoreEmbedded& store);

// "input-attachment-1-1234567890123456789.png". `content`: of the bytes.
std::string embedded_file_name(std::string_view field, size_t number, uint64_t content, std::string_view extension);

// The bytes of a file of that name; nothing: what stands for it stays in the text.
using LoadEmbedded = std::function<std::optional<std::string>(const std::string& name)>;

// Puts back each file of `field` that "[name]" stands for, once each: a text may say a name as often as it likes.
void put_embedded_files(std::string& json, std::string_view field, const LoadEmbedded& load);

}  // namespace opik::codec

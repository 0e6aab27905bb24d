#pragma once
// What kind of file some bytes, or a name, are. Pure.

#include <optional>
#include <string>
#include <string_view>

namespace opik::codec {

struct FileType {
  std::string_view mime_type;  // image/png
  std::string_view extension;  // png
  friend bool operator==(const FileType&, const FileType&) = default;
};

// How many bytes of a file recognise_file() looks at.
inline constexpr size_t kFileHeadBytes = 512;

// By the bytes with which such files begin; nothing if they are not known.
std::optional<FileType> recognise_file(std::string_view head);
// By the ending of a file's name.
std::string_view mime_type_of_name(std::string_view file_name);  // application/octet-stream if it is not known
// The ending for files of that type, without parameters ("; charset=utf-8").
std::optional<FileType> file_type_of_mime(std::string_view mime_type);

}  // namespace opik::codec

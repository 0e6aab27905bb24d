#include "codec/file_type.h"

#include <algorithm>
#include <array>

namespace opik::codec {
namespace {

// The first of a type is the ending that files of it get.
constexpr std::array<FileType, 46> kTypes{{{"image/png", "png"},
                                           {"image/jpeg", "jpg"},
                                           {"image/jpeg", "jpeg"},
                                           {"image/gif", "gif"},
                                           {"image/webp", "webp"},
                                           {"image/bmp", "bmp"},
                                           {"image/tiff", "tiff"},
                                           {"image/tiff", "tif"},
                                           {"image/svg+xml", "svg"},
                                           {"image/avif", "avif"},
                                           {"image/heic", "heic"},
                                           {"image/x-icon", "ico"},
                                           {"application/pdf", "pdf"},
                                           {"application/json", "json"},
                                           {"application/x-ndjson", "jsonl"},
                                           {"application/yaml", "yaml"},
                                           {"application/yaml", "yml"},
                                           {"application/zip", "zip"},
                                           {"application/gzip", "gz"},
                                           {"application/zstd", "zst"},
                                           {"application/x-7z-compressed", "7z"},
                                           {"application/x-tar", "tar"},
                                           {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
                                           {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
                                           {"application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"},
                                           {"application/vnd.sqlite3", "sqlite"},
                                           {"application/vnd.apache.parquet", "parquet"},
                                           {"text/plain", "txt"},
                                           {"text/plain", "log"},
                                           {"text/markdown", "md"},
                                           {"text/csv", "csv"},
                                           {"text/html", "html"},
                                           {"text/html", "htm"},
                                           {"application/xml", "xml"},
                                           {"audio/mpeg", "mp3"},
                                           {"audio/wav", "wav"},
                                           {"audio/ogg", "ogg"},
                                           {"audio/flac", "flac"},
                                           {"audio/mp4", "m4a"},
                                           {"audio/aac", "aac"},
                                           {"video/mp4", "mp4"},
                                           {"video/quicktime", "mov"},
                                           {"video/webm", "webm"},
                                           {"video/x-matroska", "mkv"},
                                           {"video/x-msvideo", "avi"},
                                           {"application/octet-stream", "bin"}}};

struct Beginning {
  std::string_view bytes;
  std::string_view mime_type;
};
using namespace std::string_view_literals;
constexpr std::array<Beginning, 26> kBeginnings{{{"\x89PNG\r\n\x1a\n"sv, "image/png"},
                                                 {"\xff\xd8\xff"sv, "image/jpeg"},
                                                 {"GIF87a"sv, "image/gif"},
                                                 {"GIF89a"sv, "image/gif"},
                                                 {"II*\0"sv, "image/tiff"},
                                                 {"MM\0*"sv, "image/tiff"},
                                                 {"\0\0\1\0"sv, "image/x-icon"},
                                                 {"%PDF-"sv, "application/pdf"},
                                                 {"PK\3\4"sv, "application/zip"},
                                                 {"\x1f\x8b\x08"sv, "application/gzip"},
                                                 {"\x28\xb5\x2f\xfd"sv, "application/zstd"},
                                                 {"7z\xbc\xaf\x27\x1c"sv, "application/x-7z-compressed"},
                                                 {"SQLite format 3\0"sv, "application/vnd.sqlite3"},
                                                 {"PAR1"sv, "application/vnd.apache.parquet"},
                                                 {"ID3"sv, "audio/mpeg"},
                                                 {"\xff\xfb"sv, "audio/mpeg"},
                                                 {"\xff\xf3"sv, "audio/mpeg"},
                                                 {"\xff\xf2"sv, "audio/mpeg"},
                                                 {"\xff\xf1"sv, "audio/aac"},
                                                 {"\xff\xf9"sv, "audio/aac"},
                                                 {"OggS"sv, "audio/ogg"},
                                                 {"fLaC"sv, "audio/flac"},
                                                 {"<svg"sv, "image/svg+xml"},
                                                 {"<!DOCTYPE html"sv, "text/html"},
                                                 {"<html"sv, "text/html"},
                                                 {"<?xml"sv, "application/xml"}}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

// "RIFF", four bytes of length, and what it is; "ftyp" likewise after four bytes of length.
std::string_view boxed(std::string_view head) {
  if (head.size() < 12) return {};
  const std::string_view what = head.substr(8, 4);
  if (head.starts_with("RIFF")) {
    if (what == "WEBP") return "image/webp";
    if (what == "WAVE") return "audio/wav";
    if (what == "AVI ") return "video/x-msvideo";
  }
  if (head.substr(4, 4) == "ftyp") {
    if (what == "avif") return "image/avif";
    if (what == "heic" || what == "heix" || what == "mif1") return "image/heic";
    if (what == "M4A ") return "audio/mp4";
    if (what == "qt  ") return "video/quicktime";
    return "video/mp4";
  }
  if (head.starts_with("\x1a\x45\xdf\xa3")) return head.find("webm") != std::string_view::npos ? "video/webm" : "video/x-matroska";
  return {};
}

bool is_bitmap(std::string_view head) {
  // "BM", four bytes of size, four of zeroes.
  return head.size() >= 14 && head.starts_with("BM") && head.substr(6, 4) == "\0\0\0\0"sv;
}

}  // namespace

std::optional<FileType> recognise_file(std::string_view head) {
  head = head.substr(0, kFileHeadBytes);
  if (const std::string_view type = boxed(head); !type.empty()) return file_type_of_mime(type);
  if (is_bitmap(head)) return file_type_of_mime("image/bmp");
  for (const Beginning& beginning : kBeginnings) {
    if (!head.starts_with(beginning.bytes)) continue;
    const bool is_svg = beginning.mime_type == "application/xml" && head.find("<svg") != std::string_view::npos;
    return file_type_of_mime(is_svg ? "image/svg+xml" : beginning.mime_type);
  }
  return std::nullopt;
}

std::string_view mime_type_of_name(std::string_view file_name) {
  const size_t dot = file_name.rfind('.');
  const std::string extension = dot == std::string_view::npos ? std::string() : lower_case(file_name.substr(dot + 1));
  const auto found = std::find_if(kTypes.begin(), kTypes.end(), [&](const FileType& type) { return type.extension == extension; });
  return found == kTypes.end() ? "application/octet-stream" : found->mime_type;
}

std::optional<FileType> file_type_of_mime(std::string_view mime_type) {
  mime_type = mime_type.substr(0, mime_type.find(';'));
  const std::string wanted = lower_case(mime_type);
  const auto found = std::find_if(kTypes.begin(), kTypes.end(), [&](const FileType& type) { return type.mime_type == wanted; });
  if (found == kTypes.end()) return std::nullopt;
  return *found;
}

}  // namespace opik::codec

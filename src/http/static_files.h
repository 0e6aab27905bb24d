#pragma once
// Serves the files of a web page: from memory, where a program carries them, or from a folder.
//
//   router.add_fallback(serve_files(std::move(files), {{"X-Frame-Options", "DENY"}}));
//   Result<Handler> folder = serve_folder("web/dist", {});
//
// Both answer GET and HEAD of paths that no route has. A path that names no file is a page of the application that /index.html
// starts: whoever takes text/html gets that file, anyone else 404. `headers` go with every answer of 200 and 304.
// Thread-safe.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace opik::http {

// What a program carries. The views outlive the handler.
struct StaticFile {
  std::string_view path;  // "/assets/index-4f2a.js"
  std::string_view content_type;
  std::string_view hash;   // of the bytes: becomes the ETag
  bool immutable = false;  // the path changes with the bytes, so the browser need never ask again
  std::string_view bytes;
  std::string_view gzip;  // the same bytes packed; empty: not worth it
  std::string_view brotli;
};

Handler serve_files(std::vector<StaticFile> files, Pairs headers);

// Larger files are refused with 404: an answer is held in memory.
inline constexpr size_t kFolderFileBytesMax = size_t{64} << 20;

// Reads each file anew. What lies outside of `folder` cannot be reached, by ".." or by a symbolic link.
// Errors: Code::invalid if it is no folder or has no index.html.
base::Result<Handler> serve_folder(const std::string& folder, Pairs headers);

// "text/css; charset=utf-8" of "/a.css"; application/octet-stream of what is unknown. Pure.
std::string_view content_type_of(std::string_view path);

}  // namespace opik::http

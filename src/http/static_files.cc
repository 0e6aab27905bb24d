#include "http/static_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>

#include "http/negotiation.h"

namespace opik::http {
namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr std::string_view kIndex = "/index.html";
constexpr std::string_view kForever = "public, max-age=31536000, immutable";
constexpr std::string_view kAskAgain = "no-cache";

// What a path stands for when no file has its name.
bool wants_page(const Request& request) { return request.header("accept").value_or("").find("text/html") != std::string_view::npos; }

// "W/" does not matter for GET: RFC 9110 13.1.2 compares weakly.
bool has_tag(std::string_view if_none_match, std::string_view tag) {
  const auto strong = [](std::string_view text) { return text.starts_with("W/") ? text.substr(2) : text; };
  while (!if_none_match.empty()) {
    const size_t end = std::min(if_none_match.find(','), if_none_match.size());
    const std::string_view one = trimmed(if_none_match.substr(0, end));
    if (one == "*" || strong(one) == strong(tag)) return true;
    if_none_match.remove_prefix(std::min(end + 1, if_none_match.size()));
  }
  return false;
}

struct Facts {
  std::string tag;
  std::string_view content_type;
  std::string_view cache;
};

// 304 if the client has it. The body is for the caller to add.
Response answer_with(const Request& request, const Facts& facts, const Pairs& headers) {
  Response response;
  response.content_type = facts.content_type;
  response.headers = headers;
  response.headers.emplace_back("ETag", facts.tag);
  response.headers.emplace_back("Cache-Control", facts.cache);
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  if (has_tag(request.header("if-none-match").value_or(""), facts.tag)) response.status = 304;
  return response;
}

Response not_found() { return plain_error(404, "HTTP 404 Not Found"); }

// ---- files in memory

class Files {
 public:
  Files(std::vector<StaticFile> files, Pairs headers) : headers_(std::move(headers)) {
    for (const StaticFile& file : files) files_.emplace(file.path, file);
  }

  Response answer(const Request& request) const {
    auto file = files_.find(request.path);
    if (file == files_.end() && wants_page(request)) file = files_.find(kIndex);
    return file == files_.end() ? not_found() : send(request, file->second);
  }

 private:
  Response send(const Request& request, const StaticFile& file) const {
    const std::string_view accepted = request.header("accept-encoding").value_or("");
    std::string_view coding, bytes = file.bytes;
    if (!file.brotli.empty() && accepts_coding(accepted, "br")) {
      coding = "br";
      bytes = file.brotli;
    } else if (!file.gzip.empty() && accepts_gzip(accepted)) {
      coding = "gzip";
      bytes = file.gzip;
    }
    // Each coding is a text of its own, so it has a strong tag of its own.
    const std::string tag = coding.empty() ? fmt::format("\"{}\"", file.hash) : fmt::format("\"{}-{}\"", file.hash, coding);
    Response response = answer_with(request, {tag, file.content_type, file.immutable ? kForever : kAskAgain}, headers_);
    if (!file.gzip.empty() || !file.brotli.empty()) response.headers.emplace_back("Vary", "Accept-Encoding");
    if (response.status == 304) return response;
    if (!coding.empty()) response.headers.emplace_back("Content-Encoding", coding);
    response.body = bytes;
    return response;
  }

  std::map<std::string_view, StaticFile> files_;
  Pairs headers_;
};

// ---- a folder

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

// Where an open file really is, whatever links led to it.
std::optional<std::string> place_of(const Descriptor& file) {
  std::array<char, 4096> place{};
  const ssize_t length = readlink(fmt::format("/proc/self/fd/{}", file.number()).c_str(), place.data(), place.size());
  if (length <= 0 || static_cast<size_t>(length) == place.size()) return std::nullopt;
  return std::string(place.data(), static_cast<size_t>(length));
}

std::optional<std::string> read_all(const Descriptor& file, size_t bytes) {
  std::string text(bytes, '\0');
  size_t got = 0;
  while (got < bytes) {
    const ssize_t count = read(file.number(), text.data() + got, bytes - got);
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    got += static_cast<size_t>(count);
  }
  text.resize(got);
  return text;
}

class Folder {
 public:
  Folder(std::string root, Pairs headers) : root_(std::move(root)), headers_(std::move(headers)) {}

  Response answer(const Request& request) const {
    std::optional<Response> response = send(request, request.path);
    if (!response && wants_page(request)) response = send(request, kIndex);
    return response ? *std::move(response) : not_found();
  }

 private:
  // Nothing: there is no such file inside of the folder. It is opened first and its place asked after, so that nobody can put a
  // link there in between.
  std::optional<Response> send(const Request& request, std::string_view path) const {
    const Descriptor file(open((root_ + std::string(path)).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file.is_open()) return std::nullopt;
    const std::optional<std::string> place = place_of(file);
    struct stat status {};
    if (!place || !place->starts_with(root_ + "/") || fstat(file.number(), &status) != 0) return std::nullopt;
    if (!S_ISREG(status.st_mode) || static_cast<size_t>(status.st_size) > kFolderFileBytesMax) return std::nullopt;

    const std::string tag =
        fmt::format("W/\"{:x}-{:x}-{:x}\"", status.st_size, status.st_mtim.tv_sec, static_cast<uint64_t>(status.st_mtim.tv_nsec));
    Response response = answer_with(request, {tag, content_type_of(path), kAskAgain}, headers_);
    if (response.status == 304) return response;
    std::optional<std::string> bytes = read_all(file, static_cast<size_t>(status.st_size));
    if (!bytes) return std::nullopt;
    response.body = *std::move(bytes);
    return response;
  }

  std::string root_;  // canonical
  Pairs headers_;
};

}  // namespace

Handler serve_files(std::vector<StaticFile> files, Pairs headers) {
  // Shared because std::function copies what it holds.
  return [files = std::make_shared<const Files>(std::move(files), std::move(headers))](Request request, Reply reply) {
    reply(files->answer(request));
  };
}

Result<Handler> serve_folder(const std::string& folder, Pairs headers) {
  const std::unique_ptr<char, decltype(&std::free)> root(realpath(folder.c_str(), nullptr), &std::free);
  if (root == nullptr) return Error{Code::invalid, fmt::format("serving {}: expected a folder, found none", folder)};
  const std::string index = std::string(root.get()) + std::string(kIndex);
  if (access(index.c_str(), R_OK) != 0) {
    return Error{Code::invalid, fmt::format("serving {}: expected an index.html in it, found none", folder)};
  }
  return Handler([files = std::make_shared<const Folder>(root.get(), std::move(headers))](Request request, Reply reply) {
    reply(files->answer(request));
  });
}

std::string_view content_type_of(std::string_view path) {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".webp", "image/webp"},
      {".gif", "image/gif"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".woff", "font/woff"},
      {".ttf", "font/ttf"},
      {".wasm", "application/wasm"},
      {".txt", "text/plain; charset=utf-8"},
      {".webmanifest", "application/manifest+json"},
  };
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

}  // namespace opik::http

// How it works.
//   POST v1/private/attachment/upload-start     {file_name, num_of_file_parts, entity…, path: base64url(base URL)}
//     -> {upload_id, pre_sign_urls}
//   PUT  each address, a part each              -> ETag
//   POST v1/private/attachment/upload-complete  {…, upload_id, file_size, uploaded_file_parts: [{e_tag, part_number}]}
// With the upload id "BEMinIO" there is one address, for the whole, and nothing to complete.
#include "sdk/attachment_upload.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

#include "sdk/json_reader.h"
#include "sdk/text.h"

namespace opik::sdk {
namespace {

constexpr std::string_view kLocalUploadId = "BEMinIO";

std::string base64url(std::string_view bytes) {
  static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t n = std::min<size_t>(3, bytes.size() - i);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0);
    for (size_t k = 0; k < 4; ++k) text += k <= n ? kAlphabet[bits >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

Verdict rejected(std::string reason) { return {Action::reject, {}, std::move(reason), {}}; }

// What is uploaded: an open file, or bytes in memory.
class Content {
 public:
  explicit Content(const AttachmentUpload& upload) : upload_(upload) {
    if (upload.path.empty()) {
      bytes_ = upload.bytes.size();
      return;
    }
    file_ = ::open(upload.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe would block for ever
    struct stat facts {};
    if (file_ < 0 || ::fstat(file_, &facts) != 0) {
      why_ = std::error_code(errno, std::generic_category()).message();
    } else if (!S_ISREG(facts.st_mode)) {
      why_ = "not a regular file";
    } else {
      bytes_ = static_cast<uint64_t>(facts.st_size);
    }
  }
  ~Content() {
    if (file_ >= 0) ::close(file_);
  }
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;

  const std::string& why() const { return why_; }  // it cannot be read; empty if it can
  uint64_t bytes() const { return bytes_; }

  void put_into(HttpRequest& request, uint64_t offset, uint64_t bytes) const {
    if (file_ >= 0) {
      request.file = FilePart{file_, offset, bytes};
    } else {
      request.body = upload_.bytes.substr(offset, bytes);
    }
  }

 private:
  const AttachmentUpload& upload_;
  int file_ = -1;
  uint64_t bytes_ = 0;
  std::string why_;
};

// One upload on its way: each step returns a verdict, and "delivered" goes on to the next.
class Upload {
 public:
  Upload(Transport& transport, const AttachmentUpload& upload, const UploadOptions& options, double random)
      : transport_(transport), upload_(upload), options_(options), random_(random), content_(upload) {
    name_ = upload.file_name;
    if (name_.empty()) name_ = upload.path.substr(upload.path.rfind('/') + 1);
    if (name_.empty()) name_ = "attachment";
    mime_type_ = upload.mime_type.empty() ? guess_mime_type(name_) : upload.mime_type;
    part_bytes_ = std::max(kPartBytesMin, (content_.bytes() + kPartsMax - 1) / kPartsMax);
    parts_ = std::max<uint64_t>(1, (content_.bytes() + part_bytes_ - 1) / part_bytes_);
  }

  Verdict run() {
    if (!content_.why().empty()) return rejected("attaching " + upload_.path + ": " + content_.why());
    Verdict verdict = start();
    if (verdict.action != Action::delivered) return verdict;
    if (upload_id_ == kLocalUploadId) {
      if (content_.bytes() > kLocalBytesMax) return rejected("attaching " + name_ + ": larger than 2 GiB");
      return put(urls_[0], 0, content_.bytes());
    }
    if (urls_.size() != parts_)
      return rejected("attaching " + name_ + ": the server gave " + std::to_string(urls_.size()) + " addresses for " +
                      std::to_string(parts_) + " parts");
    for (uint64_t part = 0; part < parts_; ++part) {
      const uint64_t offset = part * part_bytes_;
      verdict = put(urls_[part], offset, std::min(part_bytes_, content_.bytes() - offset));
      if (verdict.action != Action::delivered) return verdict;
    }
    return complete();
  }

 private:
  Verdict judged(const base::Result<HttpResponse>& response) const {
    Attempt attempt;
    attempt.is_batch = false;
    attempt.attempts = options_.attempts;
    return judge(response, attempt, random_);
  }

  std::string body() const {
    std::string json = "{\"file_name\":";
    append_json_string(json, name_);
    json += ",\"mime_type\":";
    append_json_string(json, mime_type_);
    json += upload_.entity == AttachmentUpload::Entity::trace ? ",\"entity_type\":\"trace\"" : ",\"entity_type\":\"span\"";
    json += ",\"entity_id\":";
    append_json_string(json, upload_.entity_id);
    if (!upload_.project_name.empty()) {
      json += ",\"project_name\":";
      append_json_string(json, upload_.project_name);
    }
    return json;
  }

  base::Result<HttpResponse> post(const char* path, std::string json) {
    return transport_.send({"POST", path, {{"Content-Type", "application/json"}}, std::move(json)}, options_.timeout);
  }

  Verdict start() {
    const auto response = post("v1/private/attachment/upload-start", body() + ",\"num_of_file_parts\":" + std::to_string(parts_) +
                                                                         ",\"path\":\"" + base64url(options_.base_url) + "\"}");
    Verdict verdict = judged(response);
    if (verdict.action != Action::delivered) return verdict;
    const auto answer = read_json(response->body);
    if (answer) {
      upload_id_ = answer->at("upload_id").text;
      for (const JsonNode& url : answer->at("pre_sign_urls").items) urls_.push_back(url.text);
    }
    if (upload_id_.empty() || urls_.empty())
      return rejected("attaching " + name_ + ": the server's answer to upload-start is not understood");
    return verdict;
  }

  // The verdict of a store that is not the Opik server: its refusals say nothing about our key, and its addresses expire.
  Verdict judged_of_store(const base::Result<HttpResponse>& response) const {
    if (!response || response->status / 100 == 2) return judged(response);
    const std::string reason = "attaching " + name_ + ": the store answered " + std::to_string(response->status);
    if (response->status < 500 && response->status != 429 && options_.attempts >= kStoreAttemptsMax) return rejected(reason);
    return {Action::retry,
            std::max(backoff(options_.attempts, random_), response->retry_after.value_or(std::chrono::milliseconds(0))),
            reason,
            {}};
  }

  Verdict put(const std::string& url, uint64_t offset, uint64_t bytes) {
    HttpRequest request{"PUT", url, {{"Content-Type", upload_id_ == kLocalUploadId ? mime_type_ : "application/octet-stream"}}, ""};
    content_.put_into(request, offset, bytes);
    const auto response = transport_.send(request, options_.timeout);
    Verdict verdict = upload_id_ == kLocalUploadId ? judged(response) : judged_of_store(response);
    if (verdict.action == Action::delivered) etags_.push_back(response->etag);
    return verdict;
  }

  Verdict complete() {
    std::string json = body() + ",\"file_size\":" + std::to_string(content_.bytes()) + ",\"upload_id\":";
    append_json_string(json, upload_id_);
    json += ",\"uploaded_file_parts\":[";
    for (size_t i = 0; i < etags_.size(); ++i) {
      json += i == 0 ? "{\"e_tag\":" : ",{\"e_tag\":";
      append_json_string(json, etags_[i]);
      json += ",\"part_number\":" + std::to_string(i + 1) + "}";
    }
    return judged(post("v1/private/attachment/upload-complete", json + "]}"));
  }

  Transport& transport_;
  const AttachmentUpload& upload_;
  const UploadOptions& options_;
  const double random_;
  const Content content_;
  std::string name_, mime_type_;
  uint64_t part_bytes_ = 0, parts_ = 0;
  std::string upload_id_;
  std::vector<std::string> urls_, etags_;
};

}  // namespace

Verdict upload_attachment(Transport& transport, const AttachmentUpload& upload, const UploadOptions& options, double random) {
  return Upload(transport, upload, options, random).run();
}

std::string guess_mime_type(std::string_view file_name) {
  struct Known {
    std::string_view extension, type;
  };
  static constexpr std::array<Known, 24> kKnown = {
      {{"png", "image/png"},         {"jpg", "image/jpeg"},      {"jpeg", "image/jpeg"},     {"gif", "image/gif"},
       {"webp", "image/webp"},       {"svg", "image/svg+xml"},   {"bmp", "image/bmp"},       {"pdf", "application/pdf"},
       {"json", "application/json"}, {"txt", "text/plain"},      {"log", "text/plain"},      {"md", "text/markdown"},
       {"csv", "text/csv"},          {"html", "text/html"},      {"xml", "application/xml"}, {"mp3", "audio/mpeg"},
       {"wav", "audio/wav"},         {"ogg", "audio/ogg"},       {"flac", "audio/flac"},     {"mp4", "video/mp4"},
       {"webm", "video/webm"},       {"zip", "application/zip"}, {"gz", "application/gzip"}, {"yaml", "application/yaml"}}};
  std::string extension;
  if (const size_t dot = file_name.rfind('.'); dot != std::string_view::npos) extension = file_name.substr(dot + 1);
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  for (const Known& known : kKnown) {
    if (known.extension == extension) return std::string(known.type);
  }
  return "application/octet-stream";
}

}  // namespace opik::sdk

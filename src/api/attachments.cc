// Files of traces and spans. An upload is two steps: upload-start answers with an address of ours, and the file is put there:
//
//   POST attachment/upload-start   > {"upload_id": "BEMinIO", "pre_sign_urls": ["<base>/v1/private/attachment/upload?file_name=..."]}
//   PUT  attachment/upload?...     bytes, any number: they go to disk as they come
//
// The upload id tells the official SDKs that this is all: there are no parts to put and nothing to complete. Files go out as they are
// on disk, and in a way that no browser runs what is in them.

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "api/limits.h"
#include "api/params.h"
#include "api/routes.h"
#include "api/writes.h"
#include "codec/attachments.h"
#include "codec/file_type.h"
#include "http/range.h"
#include "http/target.h"

namespace opik::api {

namespace {

using base::Code;
using base::Error;
using base::Result;
using http::Method;
using http::percent_encode;
using http::Reply;
using http::Request;
using http::Response;

constexpr std::string_view kUploadId = "BEMinIO";
constexpr int64_t kListSizeDefault = 100;

// ---- what addresses say

Error must_not_be_null(std::string_view name) { return {Code::invalid, fmt::format("query param {} must not be null", name)}; }

Result<base::Uuid> required_id(const Request& request, std::string_view name) {
  Result<std::optional<base::Uuid>> id = query_id(request, name);
  if (!id) return id.error();
  if (!*id) return must_not_be_null(name);
  return **id;
}

Result<store::AttachmentOwner> read_owner(const Request& request) {
  const std::string_view type = request.query_value("entity_type").value_or("");
  if (type.empty()) return must_not_be_null("entity_type");
  const std::optional<model::Kind> kind = codec::kind_named(type);
  if (!kind) return Error{Code::invalid, "query param entity_type must be one of [trace, span]"};
  Result<base::Uuid> id = required_id(request, "entity_id");
  if (!id) return id.error();
  return store::AttachmentOwner{*kind, *id};
}

Result<std::string> read_file_name(const Request& request) {
  const std::optional<std::string_view> name = request.query_value("file_name");
  if (!name) return must_not_be_null("file_name");
  if (const std::optional<std::string> fault = codec::fault_of_file_name(*name)) {
    return Error{Code::invalid, "query param file_name " + *fault};
  }
  return std::string(*name);
}

Result<codec::AttachmentTarget> read_target(const Request& request) {
  Result<std::string> file_name = read_file_name(request);
  if (!file_name) return file_name.error();
  Result<store::AttachmentOwner> owner = read_owner(request);
  if (!owner) return owner.error();
  codec::AttachmentTarget target{owner->kind, owner->id, *std::move(file_name), query_text(request, "mime_type"),
                                 query_text(request, "project_name")};
  if (const std::optional<std::string> fault = codec::fault_of_mime_type(target.mime_type)) {
    return Error{Code::invalid, "query param mime_type " + *fault};
  }
  return target;
}

std::string target_query(const codec::AttachmentTarget& target) {
  std::string query = fmt::format("file_name={}&entity_type={}&entity_id={}", percent_encode(target.file_name),
                                  model::kind_name(target.kind), target.entity_id.text());
  if (!target.mime_type.empty()) query += "&mime_type=" + percent_encode(target.mime_type);
  if (!target.project_name.empty()) query += "&project_name=" + percent_encode(target.project_name);
  return query;
}

// ---- in

Result<Response> start_upload(const Parts& parts, const Request& request) {
  Result<codec::UploadStart> start = timed_decode(parts, [&] { return codec::decode_upload_start(request.body); });
  if (!start) return start.error();
  Result<std::string> base_url = read_base_url(start->path);
  if (!base_url) return base_url.error();
  std::string body;
  codec::append_upload_answer(body, kUploadId, *base_url + "/v1/private/attachment/upload?" + target_query(start->target));
  return json_response(std::move(body));
}

Result<Response> complete_upload(const Parts& parts, const Request& request) {
  if (Result<void> read = timed_decode(parts, [&] { return codec::decode_upload_complete(request.body); }); !read) return read.error();
  return no_content();
}

class UploadSink final : public http::BodySink {
 public:
  UploadSink(const Parts& parts, codec::AttachmentTarget target, std::unique_ptr<store::IncomingFile> file)
      : parts_(parts), target_(std::move(target)), file_(std::move(file)) {}

  bool write(std::string_view piece) override {
    if (head_.size() < codec::kFileHeadBytes) head_.append(piece.substr(0, codec::kFileHeadBytes - head_.size()));
    written_ = file_->write(piece);
    return written_.has_value();
  }

  void end(Reply reply) override {
    if (!written_) return reply(error_response(written_.error()));
    if (target_.mime_type.empty()) target_.mime_type = guess_type();
    // Shared because std::function copies what it holds.
    auto file = std::shared_ptr<store::IncomingFile>(std::move(file_));
    parts_.attachments->disk.post([parts = parts_, target = std::move(target_), file = std::move(file), reply = std::move(reply)] {
      Result<store::StoredContent> content = file->keep();
      if (!content) return reply(error_response(content.error()));
      store::NewAttachment attachment{target.file_name, target.mime_type, *std::move(content)};
      parts.ingest.execute(
          [attachment = std::move(attachment), target](ingest::Session& session) {
            return session.resources.attachments->put_attachment(store::kDefaultWorkspace, {target.kind, target.entity_id}, attachment,
                                                                 target.project_name);
          },
          [reply](Result<void> stored) { reply(stored ? no_content() : error_response(stored.error())); });
    });
  }

 private:
  std::string guess_type() const {
    const std::string_view by_name = codec::mime_type_of_name(target_.file_name);
    const std::optional<codec::FileType> by_head = codec::recognise_file(head_);
    return std::string(by_name == "application/octet-stream" && by_head ? by_head->mime_type : by_name);
  }

  const Parts parts_;
  codec::AttachmentTarget target_;
  std::unique_ptr<store::IncomingFile> file_;
  std::string head_;
  Result<void> written_;
};

http::Intake upload(const Parts& parts, const Request& request) {
  Result<codec::AttachmentTarget> target = read_target(request);
  if (!target) return {nullptr, 0, error_response(target.error())};
  Result<std::unique_ptr<store::IncomingFile>> file = parts.attachments->contents.receive();
  if (!file) return {nullptr, 0, error_response(file.error())};
  return {std::make_unique<UploadSink>(parts, *std::move(target), *std::move(file)), parts.attachments->bytes_max, {}};
}

// ---- out

Result<Response> list(const Parts& parts, const Request& request) {
  Result<Paging> paging = read_paging(request, kListSizeDefault);
  if (!paging) return paging.error();
  Result<base::Uuid> project_id = required_id(request, "project_id");
  if (!project_id) return project_id.error();
  Result<store::AttachmentOwner> owner = read_owner(request);
  if (!owner) return owner.error();
  const std::string_view path = request.query_value("path").value_or("");
  if (path.empty()) return must_not_be_null("path");
  Result<std::string> base_url = read_base_url(path);
  if (!base_url) return base_url.error();
  Result<std::optional<model::Project>> project = parts.catalog.project_by_id(store::kDefaultWorkspace, *project_id);
  if (!project) return project.error();

  store::AttachmentPage page;  // of a project that is not there: empty
  if (*project) {
    Result<store::AttachmentPage> found =
        parts.attachments->rows.attachments(store::kDefaultWorkspace, *owner, (*project)->number, paging->offset(), paging->size);
    if (!found) return found.error();
    page = *std::move(found);
  }
  std::vector<codec::ListedAttachment> listed;
  for (store::Attachment& attachment : page.attachments) {
    std::string link = fmt::format(
        "{}/v1/private/attachment/download?workspace_name=default&container_id={}&entity_type={}&entity_id={}&file_name={}&mime_type={}",
        *base_url, project_id->text(), model::kind_name(owner->kind), owner->id.text(), percent_encode(attachment.file_name),
        percent_encode(attachment.mime_type));
    listed.push_back({std::move(link), std::move(attachment.file_name), attachment.bytes, std::move(attachment.mime_type)});
  }
  std::string body;
  codec::append_attachment_page(body, listed, paging->page, page.total);
  return json_response(std::move(body));
}

class FileSource final : public http::BodySource {
 public:
  FileSource(std::unique_ptr<store::OutgoingFile> file, http::ByteRange range) : file_(std::move(file)), range_(range) {}

  bool next(std::string& chunk) override {
    const auto count = static_cast<size_t>(std::min<uint64_t>(range_.count, kFileChunkBytes));
    if (Result<void> read = file_->read(range_.offset, count, chunk); !read) throw std::runtime_error(read.error().message);
    range_.offset += count;
    range_.count -= count;
    return range_.count > 0;
  }

 private:
  const std::unique_ptr<store::OutgoingFile> file_;
  http::ByteRange range_;
};

// RFC 6266: the name in UTF-8, and one in plain ASCII for those who do not read that. Neither says a path.
std::string disposition(std::string_view file_name) {
  std::string plain;
  for (const char c : file_name) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) == 0x80) continue;  // one character, one underscore
    plain += byte >= 0x80 || byte < 0x20 || c == '"' || c == '\\' || c == '/' || c == '%' ? '_' : c;
  }
  std::string safe(file_name);
  std::replace_if(
      safe.begin(), safe.end(), [](char c) { return c == '/' || c == '\\'; }, '_');
  return fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", plain, percent_encode(safe));
}

std::string entity_tag(const store::ContentHash& hash) {
  std::string tag = "\"";
  for (const unsigned char byte : hash) tag += fmt::format("{:02x}", byte);
  return tag + "\"";
}

Result<store::Attachment> find_attachment(const Parts& parts, const Request& request) {
  if (!is_known_workspace(query_text(request, "workspace_name"))) return unknown_workspace();
  Result<base::Uuid> project_id = required_id(request, "container_id");
  if (!project_id) return project_id.error();
  Result<store::AttachmentOwner> owner = read_owner(request);
  if (!owner) return owner.error();
  Result<std::string> file_name = read_file_name(request);
  if (!file_name) return file_name.error();
  Result<std::optional<model::Project>> project = parts.catalog.project_by_id(store::kDefaultWorkspace, *project_id);
  if (!project) return project.error();
  const Error missing{Code::not_found, "Attachment " + *file_name + " not found"};
  if (!*project) return missing;
  Result<std::optional<store::Attachment>> found =
      parts.attachments->rows.attachment(store::kDefaultWorkspace, *owner, *file_name, (*project)->number);
  if (!found) return found.error();
  if (!*found) return missing;
  return **std::move(found);
}

// The type is that of the upload, not the one in the address. `nosniff` and the sandbox keep a browser from running what somebody
// uploaded as if it were ours.
Result<Response> download(const Parts& parts, const Request& request) {
  Result<store::Attachment> attachment = find_attachment(parts, request);
  if (!attachment) return attachment.error();
  const std::string tag = entity_tag(attachment->hash);
  Response response;
  response.headers = {{"ETag", tag}, {"Cache-Control", "private, no-cache"}, {"Accept-Ranges", "bytes"}};
  if (request.header("if-none-match") == tag) {
    response.status = status::kNotModified;
    return response;
  }
  const auto length = static_cast<uint64_t>(attachment->bytes);
  http::RangeAnswer range;
  if (request.header("if-range").value_or(tag) == tag) range = http::read_range(request.header("range"), length);
  if (range.kind == http::RangeAnswer::Kind::unsatisfiable) {
    response = errors_response(status::kRangeNotSatisfiable, {fmt::format("range must be within the {} bytes of the file", length)});
    response.headers.emplace_back("Content-Range", fmt::format("bytes */{}", length));
    return response;
  }
  Result<std::unique_ptr<store::OutgoingFile>> file = parts.attachments->contents.open(attachment->hash);
  if (!file) return file.error();
  if (*file == nullptr) return Error{Code::not_found, "Attachment " + attachment->file_name + " not found"};  // deleted since

  const bool is_part = range.kind == http::RangeAnswer::Kind::part;
  const http::ByteRange bytes = is_part ? range.range : http::ByteRange{0, length};
  if (is_part) {
    response.status = status::kPartialContent;
    response.headers.emplace_back("Content-Range", fmt::format("bytes {}-{}/{}", bytes.offset, bytes.offset + bytes.count - 1, length));
  }
  response.content_type = attachment->mime_type;
  response.headers.emplace_back("Content-Disposition", disposition(attachment->file_name));
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'");
  response.stream = std::make_unique<FileSource>(*std::move(file), bytes);
  response.stream_bytes = bytes.count;
  return response;
}

// ---- away

void delete_named(const Parts& parts, Request request, Reply reply) {
  Result<codec::AttachmentDeletion> deletion = timed_decode(parts, [&] { return codec::decode_attachment_deletion(request.body); });
  if (!deletion) return reply(error_response(deletion.error()));
  std::optional<int64_t> project;
  if (deletion->project_id) {
    Result<std::optional<model::Project>> found = parts.catalog.project_by_id(store::kDefaultWorkspace, *deletion->project_id);
    if (!found) return reply(error_response(found.error()));
    if (!*found) return reply(no_content());  // a project that is not there has no attachments
    project = (*found)->number;
  }
  execute(
      parts, request,
      [deletion = *std::move(deletion), project](ingest::Session& session) {
        return session.resources.attachments->delete_attachments(store::kDefaultWorkspace, {deletion.kind, deletion.entity_id},
                                                                 deletion.file_names, project);
      },
      std::move(reply), no_content);
}

}  // namespace

void add_attachment_routes(Routes& routes, const Parts& parts) {
  const auto with = [parts](Result<Response> (*answer)(const Parts&, const Request&)) {
    return answered([parts, answer](const Request& request) { return answer(parts, request); });
  };
  const std::string path = "/v1/private/attachment/";
  routes.add_with_body(Method::post, path + "upload-start", with(start_upload));
  routes.add_with_body(Method::post, path + "upload-complete", with(complete_upload));
  routes.add_receiver(Method::put, path + "upload", [parts](const Request& request) { return upload(parts, request); });
  routes.add(Method::get, path + "list", with(list));
  routes.add(Method::get, path + "download", with(download));
  routes.add_with_body(Method::post, path + "delete",
                       [parts](Request request, Reply reply) { delete_named(parts, std::move(request), std::move(reply)); });
}

}  // namespace opik::api

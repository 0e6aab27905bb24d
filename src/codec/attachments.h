#pragma once
// The requests and answers about attachments. Errors as in decode.h. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/padded_buffer.h"
#include "base/result.h"
#include "base/uuid.h"
#include "model/field.h"

namespace opik::codec {

// A file that is, or is to be, an entity's.
struct AttachmentTarget {
  model::Kind kind = model::Kind::trace;
  base::Uuid entity_id;
  std::string file_name;
  std::string mime_type;     // empty: by the file's name
  std::string project_name;  // empty: where the entity is
};

// "trace" or "span".
std::optional<model::Kind> kind_named(std::string_view name);
// What is wrong with such a name or type; nothing if it may be used. A name is one, whatever it looks like: it becomes no path.
std::optional<std::string> fault_of_file_name(std::string_view name);
std::optional<std::string> fault_of_mime_type(std::string_view type);

struct UploadStart {
  AttachmentTarget target;
  std::string path;  // base64 of the API's base URL, as the client sees it
};
base::Result<UploadStart> decode_upload_start(const base::PaddedBuffer& body);
base::Result<void> decode_upload_complete(const base::PaddedBuffer& body);  // checked, and nothing to be done about it

// {"file_names": [...], "entity_type", "entity_id", "container_id"}; or "file_name", as the SDKs' generated clients say it.
struct AttachmentDeletion {
  model::Kind kind = model::Kind::trace;
  base::Uuid entity_id;
  std::vector<std::string> file_names;
  std::optional<base::Uuid> project_id;
};
base::Result<AttachmentDeletion> decode_attachment_deletion(const base::PaddedBuffer& body);

// {"upload_id": ..., "pre_sign_urls": [url]}
void append_upload_answer(std::string& out, std::string_view upload_id, const std::string& url);

struct ListedAttachment {
  std::string link;
  std::string file_name;
  int64_t file_size = 0;
  std::string mime_type;
};
// {"page":1,"size":1,"total":1,"content":[{link,file_name,file_size,mime_type}],"sortableBy":[]}
void append_attachment_page(std::string& out, const std::vector<ListedAttachment>& attachments, int64_t page, int64_t total);

}  // namespace opik::codec

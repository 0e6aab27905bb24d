#pragma once
// Files that belong to traces and spans. The rows (whose, name, type, size) are in the database; the bytes are files beside it, one
// for each different content however many rows name it.
//
//   auto file = contents.receive();                       // any thread: bytes as they come
//   (*file)->write(piece);  (*file)->write(piece);
//   Result<StoredContent> content = (*file)->keep();      // durable; waits for the disk
//   session.attachments.put(kDefaultWorkspace, owner, {"plot.png", "image/png", *content}, "project");
//
// A row is never without its file: a StoredContent holds the file until it goes, and by then the row is committed or never will be.
// A file that no row names goes soon after the last row did, or, if the process was killed, when the store is opened again.
//
// Readers and AttachmentContents: any thread, any time. AttachmentWriter: as CatalogWriter, within a transaction of TraceWriter.
// Errors: Code::unavailable when the disk is full or cannot be written, Code::internal when a file is damaged.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "model/field.h"

namespace opik::store {

using ContentHash = std::array<unsigned char, 32>;  // SHA-256 of a file's bytes

// A file that is there and stays at least as long as this lives: copies share one hold.
struct StoredContent {
  ContentHash hash{};
  int64_t bytes = 0;
  std::shared_ptr<const void> hold;
};

// Whose a file is. The entity need not exist (yet).
struct AttachmentOwner {
  model::Kind kind = model::Kind::trace;
  base::Uuid id;
};

struct Attachment {
  std::string file_name;  // unique per owner; a name, not a path: it never reaches the file system
  std::string mime_type;
  ContentHash hash{};
  int64_t bytes = 0;
  bool is_embedded = false;  // taken out of the owner's input, output or metadata, where "[file_name]" stands for it
};

struct NewAttachment {
  std::string file_name;
  std::string mime_type;
  StoredContent content;
};

struct AttachmentPage {
  std::vector<Attachment> attachments;  // by name
  int64_t total = 0;
};

class AttachmentReader {
 public:
  virtual ~AttachmentReader() = default;
  // Those that were put into `project`, or whose owner stands in it: an upload may not know where its owner is.
  virtual base::Result<AttachmentPage> attachments(int64_t workspace, const AttachmentOwner& owner, int64_t project, int64_t offset,
                                                   int64_t limit) const = 0;
  // `project`: only if it is of that project (as above), if given.
  virtual base::Result<std::optional<Attachment>> attachment(int64_t workspace, const AttachmentOwner& owner, const std::string& file_name,
                                                             std::optional<int64_t> project) const = 0;
};

class AttachmentWriter {
 public:
  virtual ~AttachmentWriter() = default;
  // Replaces one of the same name; Code::conflict if that is an embedded one with other bytes. `project_name` empty: where the owner
  // stands, or else the default project.
  virtual base::Result<void> put_attachment(int64_t workspace, const AttachmentOwner& owner, const NewAttachment& attachment,
                                            const std::string& project_name) = 0;
  // Names that are not there are no error. `project`: only those of it, if given.
  virtual base::Result<void> delete_attachments(int64_t workspace, const AttachmentOwner& owner, const std::vector<std::string>& file_names,
                                                std::optional<int64_t> project) = 0;
};

// A file on its way in. One thread at a time. Gone without a trace unless kept.
class IncomingFile {
 public:
  virtual ~IncomingFile() = default;
  virtual base::Result<void> write(std::string_view piece) = 0;
  // Makes it durable and gives it its place. Waits for the disk: not on a thread that serves requests.
  virtual base::Result<StoredContent> keep() = 0;
  // Nothing can be written after this was asked.
  virtual const ContentHash& hash() = 0;
};

// A file on its way out. One thread at a time. Stays readable when it is deleted meanwhile.
class OutgoingFile {
 public:
  virtual ~OutgoingFile() = default;
  // Appends the `count` bytes from `offset`, all of which must exist.
  virtual base::Result<void> read(uint64_t offset, size_t count, std::string& to) const = 0;
};

class AttachmentContents {
 public:
  virtual ~AttachmentContents() = default;
  virtual base::Result<std::unique_ptr<IncomingFile>> receive() = 0;
  // Nothing if there is no such file (any more).
  virtual base::Result<std::unique_ptr<OutgoingFile>> open(const ContentHash& hash) const = 0;
};

}  // namespace opik::store

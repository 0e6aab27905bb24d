#pragma once
// Files inside of payloads: taken out before a message is written, put back when a record is read (codec/embedded_files.h).
//
// A message is taken apart before the law of merging sees it, always in the same way, and its content hash is that of what the client
// sent: retries stay retries, and every order of messages ends in the same entity (docs/merge.md).

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/api.h"
#include "http/message.h"
#include "model/message.h"
#include "model/record.h"

namespace opik::api {

struct TakenFile {
  size_t index = 0;  // of its message
  std::string file_name;
  std::string mime_type;
  std::unique_ptr<store::IncomingFile> file;
};

// Takes the files out of input, output and metadata. One that the disk does not take stays where it is. `index`: of the message in its
// batch.
void take_embedded_files(const Attachments& attachments, model::Message& message, size_t index, std::vector<TakenFile>& into);

// Writes `batch` when `files`, which were taken out of it, are durable; or tells `done` why they are not.
void write_with_files(const Parts& parts, std::unique_ptr<store::PreparedBatch> batch, std::vector<TakenFile> files,
                      std::function<void(base::Result<store::WriteReport>)> done);

// Puts files back, into the records of one answer.
class EmbeddedFiles {
 public:
  // `strip`: leave them out.
  EmbeddedFiles(const Parts& parts, bool strip) : attachments_(strip ? nullptr : parts.attachments) {}
  // As the query parameter strip_attachments says.
  EmbeddedFiles(const Parts& parts, const http::Request& request);

  void put_back(model::Record& record);

 private:
  std::optional<std::string> load(const store::AttachmentOwner& owner, const std::string& file_name);

  const Attachments* attachments_;
  int64_t bytes_ = 0;  // put back by now
};

}  // namespace opik::api

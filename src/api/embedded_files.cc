#include "api/embedded_files.h"

#include <spdlog/spdlog.h>

#include <array>

#include "api/limits.h"
#include "api/params.h"
#include "codec/embedded_files.h"

namespace opik::api {

namespace {

using base::Result;
using model::Field;

constexpr std::array<Field, 3> kTexts{Field::input, Field::output, Field::metadata};

// Enough of a hash to tell the files of one entity apart, as the digits that Opik's names have.
uint64_t number_of(const store::ContentHash& hash) {
  uint64_t number = 0;
  for (size_t i = 0; i < sizeof number; ++i) number = number << 8 | hash[i];
  return number;
}

}  // namespace

void take_embedded_files(const Attachments& attachments, model::Message& message, size_t index, std::vector<TakenFile>& into) {
  for (const Field field : kTexts) {
    auto* text = std::get_if<std::string>(&message.fields[field]);
    if (text == nullptr || !codec::may_embed_files(*text)) continue;
    codec::take_embedded_files(*text, [&](codec::EmbeddedFile embedded, size_t number) -> std::optional<std::string> {
      Result<std::unique_ptr<store::IncomingFile>> file = attachments.contents.receive();
      Result<void> written = file ? (*file)->write(embedded.bytes) : file.error();
      if (!written) {
        spdlog::warn("api: a file stays in its payload reason=\"{}\"", written.error().message);
        return std::nullopt;
      }
      std::string name = codec::embedded_file_name(model::field_name(field), number, number_of((*file)->hash()), embedded.type.extension);
      if (text->find("[" + name + "]") != std::string::npos) return std::nullopt;  // its own words: the file would come back there
      into.push_back({index, name, std::string(embedded.type.mime_type), *std::move(file)});
      return name;
    });
  }
}

void write_with_files(const Parts& parts, std::unique_ptr<store::PreparedBatch> batch, std::vector<TakenFile> files,
                      std::function<void(Result<store::WriteReport>)> done) {
  struct Waiting {
    std::unique_ptr<store::PreparedBatch> batch;
    std::vector<TakenFile> files;
  };
  // Shared because std::function copies what it holds.
  auto waiting = std::make_shared<Waiting>(Waiting{std::move(batch), std::move(files)});
  parts.attachments->disk.post([parts, waiting, done = std::move(done)] {
    for (TakenFile& taken : waiting->files) {
      Result<store::StoredContent> content = taken.file->keep();
      if (!content) return done(content.error());
      waiting->batch->attach(taken.index, {std::move(taken.file_name), std::move(taken.mime_type), *std::move(content)});
    }
    parts.ingest.write(std::move(waiting->batch), done);
  });
}

EmbeddedFiles::EmbeddedFiles(const Parts& parts, const http::Request& request)
    : EmbeddedFiles(parts, query_flag(request, "strip_attachments")) {}

void EmbeddedFiles::put_back(model::Record& record) {
  if (attachments_ == nullptr) return;
  for (const Field field : kTexts) {
    auto* text = std::get_if<std::string>(&record.view.fields[field]);
    if (text == nullptr) continue;
    codec::put_embedded_files(*text, model::field_name(field), [&](const std::string& name) {
      return load({record.kind, record.id}, name);
    });
  }
}

// A file that cannot be read is missing from its payload, and the log says why; the rest of the answer is not.
std::optional<std::string> EmbeddedFiles::load(const store::AttachmentOwner& owner, const std::string& file_name) {
  Result<std::optional<store::Attachment>> found = attachments_->rows.attachment(store::kDefaultWorkspace, owner, file_name, std::nullopt);
  if (!found || !*found) {
    if (!found) spdlog::error("api: putting {} back: {}", file_name, found.error().message);
    return std::nullopt;
  }
  const store::Attachment& attachment = **found;
  if (!attachment.is_embedded || bytes_ + attachment.bytes > kEmbeddedBytesMax) return std::nullopt;
  Result<std::unique_ptr<store::OutgoingFile>> file = attachments_->contents.open(attachment.hash);
  if (!file || *file == nullptr) {
    spdlog::error("api: putting {} back: {}", file_name, file ? "found no file" : file.error().message);
    return std::nullopt;
  }
  std::string bytes;
  if (Result<void> read = (*file)->read(0, static_cast<size_t>(attachment.bytes), bytes); !read) {
    spdlog::error("api: putting {} back: {}", file_name, read.error().message);
    return std::nullopt;
  }
  bytes_ += attachment.bytes;
  return bytes;
}

}  // namespace opik::api

#pragma once
// Attachments' rows read, on connections of the pool, and written, within the writer's transactions.

#include "store/attachments.h"
#include "store/sqlite/reader_pool.h"
#include "store/sqlite/writer.h"

namespace opik::store::sqlite {

class SqliteAttachmentReader final : public AttachmentReader {
 public:
  explicit SqliteAttachmentReader(ReaderPool& pool) : pool_(pool) {}

  base::Result<AttachmentPage> attachments(int64_t workspace, const AttachmentOwner& owner, int64_t project, int64_t offset,
                                           int64_t limit) const override;
  base::Result<std::optional<Attachment>> attachment(int64_t workspace, const AttachmentOwner& owner, const std::string& file_name,
                                                     std::optional<int64_t> project) const override;

 private:
  ReaderPool& pool_;
};

class SqliteAttachmentWriter final : public AttachmentWriter {
 public:
  explicit SqliteAttachmentWriter(Writer& writer) : writer_(writer) {}

  base::Result<void> put_attachment(int64_t workspace, const AttachmentOwner& owner, const NewAttachment& attachment,
                                    const std::string& project_name) override;
  base::Result<void> delete_attachments(int64_t workspace, const AttachmentOwner& owner, const std::vector<std::string>& file_names,
                                        std::optional<int64_t> project) override;

 private:
  std::optional<int64_t> project_of(int64_t workspace, const AttachmentOwner& owner);

  Writer& writer_;
};

}  // namespace opik::store::sqlite

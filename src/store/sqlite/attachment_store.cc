#include "store/sqlite/attachment_store.h"

#include <cstring>

#include "model/record.h"
#include "store/sqlite/attachment_rows.h"

namespace opik::store::sqlite {
namespace {

using base::Result;
using model::Kind;

// mime_type, bytes, content, place from column `at` on.
Attachment read_attachment(const Statement& row, int at, std::string file_name) {
  Attachment attachment;
  attachment.file_name = std::move(file_name);
  attachment.mime_type = row.text(at);
  attachment.bytes = row.integer(at + 1);
  const std::string_view content = row.blob(at + 2);
  if (content.size() != sizeof(ContentHash)) throw SqlError(SQLITE_CORRUPT, "an attachment whose content is not a SHA-256");
  std::memcpy(attachment.hash.data(), content.data(), content.size());
  attachment.is_embedded = row.integer(at + 3) != 0;
  return attachment;
}

}  // namespace

Result<AttachmentPage> SqliteAttachmentReader::attachments(int64_t workspace, const AttachmentOwner& owner, int64_t project, int64_t offset,
                                                           int64_t limit) const {
  return read_guarded(pool_, [&](Connection& db) -> Result<AttachmentPage> {
    Statement& rows = db.prepared(
        "SELECT file_name, mime_type, bytes, content, place FROM attachments WHERE workspace_n = ?1 AND entity = ?2 AND entity_id = ?3 "
        "AND place < 2 AND (project_n = ?4 OR ?4 = CASE entity WHEN 'trace' THEN (SELECT project_n FROM traces WHERE workspace_n = ?1 AND "
        "id = ?3) ELSE (SELECT project_n FROM spans WHERE workspace_n = ?1 AND id = ?3) END) ORDER BY file_name");
    ResetGuard guard(rows);
    rows.bind(1, workspace).bind_text(2, model::kind_name(owner.kind)).bind(3, owner.id).bind(4, project);
    AttachmentPage page;
    while (rows.step()) {
      const int64_t at = page.total++;
      if (at >= offset && at - offset < limit) page.attachments.push_back(read_attachment(rows, 1, std::string(rows.text(0))));
    }
    return page;
  });
}

Result<std::optional<Attachment>> SqliteAttachmentReader::attachment(int64_t workspace, const AttachmentOwner& owner,
                                                                     const std::string& file_name, std::optional<int64_t> project) const {
  return read_guarded(pool_, [&](Connection& db) -> Result<std::optional<Attachment>> {
    Statement& find =
        db.prepared(project ? kAttachmentOfProject
                            : "SELECT mime_type, bytes, content, place FROM attachments WHERE workspace_n = ?1 AND entity = ?2 "
                              "AND entity_id = ?3 AND file_name = ?4");
    ResetGuard guard(find);
    find.bind(1, workspace).bind_text(2, model::kind_name(owner.kind)).bind(3, owner.id).bind_text(4, file_name);
    if (project) find.bind(5, *project);
    if (!find.step()) return std::optional<Attachment>{};
    return std::optional(read_attachment(find, 0, file_name));
  });
}

Result<void> SqliteAttachmentWriter::put_attachment(int64_t workspace, const AttachmentOwner& owner, const NewAttachment& attachment,
                                                    const std::string& project_name) {
  return guarded("storing an attachment", [&]() -> Result<void> {
    std::optional<int64_t> project;
    if (project_name.empty()) project = project_of(workspace, owner);
    if (!project) {
      Result<int64_t> named = writer_.project_named(workspace, project_name.empty() ? model::kDefaultProject : project_name);
      if (!named) return named.error();
      project = *named;
    }
    if (!writer_.attachments().put({workspace, owner.kind, owner.id}, *project, attachment)) {
      return base::Error{base::Code::conflict,
                         "Attachment " + attachment.file_name + " is a part of the entity's input, output or metadata"};
    }
    return {};
  });
}

Result<void> SqliteAttachmentWriter::delete_attachments(int64_t workspace, const AttachmentOwner& owner,
                                                        const std::vector<std::string>& file_names, std::optional<int64_t> project) {
  return guarded("deleting attachments", [&]() -> Result<void> {
    for (const std::string& name : file_names) writer_.attachments().remove({workspace, owner.kind, owner.id}, name, project);
    return {};
  });
}

std::optional<int64_t> SqliteAttachmentWriter::project_of(int64_t workspace, const AttachmentOwner& owner) {
  Statement& find =
      writer_.connection().prepared(owner.kind == Kind::trace ? "SELECT project_n FROM traces WHERE workspace_n = ?1 AND id = ?2"
                                                              : "SELECT project_n FROM spans WHERE workspace_n = ?1 AND id = ?2");
  ResetGuard guard(find);
  if (!find.bind(1, workspace).bind(2, owner.id).step()) return std::nullopt;
  return find.integer(0);
}

}  // namespace opik::store::sqlite

#include "store/sqlite/attachment_rows.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/clock.h"

namespace opik::store::sqlite {
namespace {

using model::Field;

constexpr std::array<Field, 3> kTexts{Field::input, Field::output, Field::metadata};

std::string_view view_of(const ContentHash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

Statement& bind_owner(Statement& statement, const AttachmentRows::Owner& owner) {
  return statement.bind(1, owner.workspace).bind_text(2, model::kind_name(owner.kind)).bind(3, owner.id);
}

bool names(const model::Fields& fields, const std::string& reference) {
  return std::any_of(kTexts.begin(), kTexts.end(), [&](Field f) { return fields.text(f).find(reference) != std::string_view::npos; });
}

bool names(const model::Entity& entity, const std::string& reference) {
  if (entity.base && names(entity.base->fields, reference)) return true;
  return std::any_of(kTexts.begin(), kTexts.end(), [&](Field f) {
    const auto* text = entity.cell(f) ? std::get_if<std::string>(&entity.cell(f)->value) : nullptr;
    return text != nullptr && text->find(reference) != std::string::npos;
  });
}

}  // namespace

AttachmentRows::AttachmentRows(Connection& db) : db_(db) {
  has_any_ = db_.integer("SELECT EXISTS (SELECT 1 FROM attachments)") != 0;
  has_embedded_ = db_.integer("SELECT EXISTS (SELECT 1 FROM attachments WHERE place > 0)") != 0;
}

bool AttachmentRows::put(const Owner& owner, int64_t project, const NewAttachment& attachment) {
  if (has_embedded_) {
    Statement& find = bind_owner(db_.prepared("SELECT content FROM attachments WHERE workspace_n = ?1 AND entity = ?2 AND entity_id = ?3 "
                                              "AND file_name = ?4 AND place > 0"),
                                 owner);
    ResetGuard guard(find);
    if (find.bind_text(4, attachment.file_name).step()) return find.blob(0) == view_of(attachment.content.hash);
  }
  write(owner, project, attachment, Place::uploaded);
  return true;
}

void AttachmentRows::put_embedded(const Owner& owner, int64_t project, std::span<const NewAttachment> files) {
  for (const NewAttachment& file : files) write(owner, project, file, Place::seen);
}

void AttachmentRows::remove(const Owner& owner, const std::string& file_name, std::optional<int64_t> project) {
  if (project) {
    Statement& find = bind_owner(db_.prepared(kAttachmentOfProject), owner);
    ResetGuard guard(find);
    if (!find.bind_text(4, file_name).bind(5, *project).step()) return;
  }
  delete_row(owner, file_name);
}

void AttachmentRows::remove_all(const Owner& owner) {
  if (!has_any_) return;
  Statement& remove = bind_owner(
      db_.prepared("DELETE FROM attachments WHERE workspace_n = ?1 AND entity = ?2 AND entity_id = ?3 RETURNING content"), owner);
  ResetGuard guard(remove);
  while (remove.step()) std::memcpy(released_.emplace_back().data(), remove.blob(0).data(), sizeof(ContentHash));
}

bool AttachmentRows::concern(const Owner& owner, std::span<const NewAttachment> files) {
  return !files.empty() || (has_embedded_ && !embedded_names(owner).empty());
}

void AttachmentRows::settle_embedded(const Owner& owner, int64_t project, std::span<const NewAttachment> files, const model::Entity& kept,
                                     const model::View& view) {
  for (const NewAttachment& file : files) {
    if (names(kept, "[" + file.file_name + "]")) write(owner, project, file, Place::seen);
  }
  for (const std::string& name : embedded_names(owner)) {
    const std::string reference = "[" + name + "]";
    if (!names(kept, reference)) {
      delete_row(owner, name);
    } else {
      set_place(owner, name, names(view.fields, reference) ? Place::seen : Place::unseen);
    }
  }
}

void AttachmentRows::write(const Owner& owner, int64_t project, const NewAttachment& attachment, Place place) {
  delete_row(owner, attachment.file_name);
  const int64_t now_us = base::now_us();
  bind_owner(
      db_.prepared("INSERT INTO attachments (workspace_n, entity, entity_id, file_name, project_n, mime_type, bytes, content, place, "
                   "created_at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      owner)
      .bind_text(4, attachment.file_name)
      .bind(5, project)
      .bind_text(6, attachment.mime_type)
      .bind(7, attachment.content.bytes)
      .bind_blob(8, view_of(attachment.content.hash))
      .bind(9, static_cast<int64_t>(place))
      .bind(10, now_us)
      .run();
  has_any_ = true;
  has_embedded_ |= place != Place::uploaded;
}

void AttachmentRows::set_place(const Owner& owner, const std::string& file_name, Place place) {
  bind_owner(db_.prepared("UPDATE attachments SET place = ?5 WHERE workspace_n = ?1 AND entity = ?2 AND entity_id = ?3 AND file_name = ?4"),
             owner)
      .bind_text(4, file_name)
      .bind(5, static_cast<int64_t>(place))
      .run();
}

void AttachmentRows::delete_row(const Owner& owner, const std::string& file_name) {
  if (!has_any_) return;
  Statement& remove = bind_owner(
      db_.prepared(
          "DELETE FROM attachments WHERE workspace_n = ?1 AND entity = ?2 AND entity_id = ?3 AND file_name = ?4 RETURNING content"),
      owner);
  ResetGuard guard(remove);
  remove.bind_text(4, file_name);
  while (remove.step()) std::memcpy(released_.emplace_back().data(), remove.blob(0).data(), sizeof(ContentHash));
}

std::vector<std::string> AttachmentRows::embedded_names(const Owner& owner) {
  Statement& find = bind_owner(
      db_.prepared("SELECT file_name FROM attachments WHERE workspace_n = ?1 AND entity = ?2 AND entity_id = ?3 AND place > 0"), owner);
  ResetGuard guard(find);
  std::vector<std::string> found;
  while (find.step()) found.emplace_back(find.text(0));
  return found;
}

}  // namespace opik::store::sqlite

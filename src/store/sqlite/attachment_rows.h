#pragma once
// The rows of attachments, for the writer: part of its transactions. A file that a deleted row named is remembered until the commit.
//
// Embedded files come with a message and are no one's to choose: what is kept of the messages about an entity names them, as "[name]"
// in input, output or metadata, and settle_embedded() keeps exactly those. One that only an unseen value names stays, hidden.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/entity.h"
#include "store/attachments.h"
#include "store/sqlite/connection.h"

namespace opik::store::sqlite {

// An attachment by name, if it is of a project: mime_type, bytes, content, place. Parameters: workspace, kind, owner, name, project.
inline constexpr std::string_view kAttachmentOfProject =
    "SELECT mime_type, bytes, content, place FROM attachments WHERE workspace_n = ?1 AND entity = ?2 AND entity_id = ?3 AND file_name = ?4 "
    "AND (project_n = ?5 OR ?5 = CASE entity WHEN 'trace' THEN (SELECT project_n FROM traces WHERE workspace_n = ?1 AND id = ?3) "
    "ELSE (SELECT project_n FROM spans WHERE workspace_n = ?1 AND id = ?3) END)";

class AttachmentRows {
 public:
  // `db` has the tables, and is the writer's.
  explicit AttachmentRows(Connection& db);

  struct Owner {
    int64_t workspace = 0;
    model::Kind kind = model::Kind::trace;
    base::Uuid id;
  };
  // False: the name is that of another embedded file, which is a part of what the owner's messages say.
  bool put(const Owner& owner, int64_t project, const NewAttachment& attachment);
  void put_embedded(const Owner& owner, int64_t project, std::span<const NewAttachment> files);
  // `project`: only one of it, or whose owner stands in it, if given.
  void remove(const Owner& owner, const std::string& file_name, std::optional<int64_t> project);
  void remove_all(const Owner& owner);

  // Whether a message with these files, about this owner, changes embedded ones (or may).
  bool concern(const Owner& owner, std::span<const NewAttachment> files);
  // `kept` and `view` are what is kept and seen of the owner now; `files` came with the message that was merged into it.
  void settle_embedded(const Owner& owner, int64_t project, std::span<const NewAttachment> files, const model::Entity& kept,
                       const model::View& view);

  // The contents that lost a row since the last call.
  std::vector<ContentHash> take_released() { return std::exchange(released_, {}); }

 private:
  enum class Place : int64_t { uploaded = 0, seen = 1, unseen = 2 };
  void write(const Owner& owner, int64_t project, const NewAttachment& attachment, Place place);
  void set_place(const Owner& owner, const std::string& file_name, Place place);
  void delete_row(const Owner& owner, const std::string& file_name);
  std::vector<std::string> embedded_names(const Owner& owner);

  Connection& db_;
  bool has_any_ = false;       // there may be rows
  bool has_embedded_ = false;  // there may be embedded ones
  std::vector<ContentHash> released_;
};

}  // namespace opik::store::sqlite

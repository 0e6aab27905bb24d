#include "store/sqlite/comments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

namespace opik::store::sqlite {
namespace {

using base::Code;
using base::Error;
using base::Result;
using model::Comment;
using model::Subject;

#define OPIK_COMMENT_COLUMNS "c.id, c.subject_id, c.text, c.created_at_us, c.last_updated_at_us"

constexpr std::array<Subject, 3> kSubjects{Subject::trace, Subject::span, Subject::thread};

Comment read_comment(const Statement& row) { return {row.uuid(0), row.uuid(1), std::string(row.text(2)), row.integer(3), row.integer(4)}; }

// One text per subject, made once.
template <class Make>
std::array<std::string, kSubjects.size()> of_each_subject(Make&& make) {
  std::array<std::string, kSubjects.size()> texts;
  for (const Subject subject : kSubjects) texts[static_cast<size_t>(subject)] = make(subject);
  return texts;
}

bool is_there(Connection& db, int64_t workspace, Subject subject, const base::Uuid& id) {
  static const auto kSql = of_each_subject([](Subject of) {
    return fmt::format("SELECT 1 FROM {}s WHERE workspace_n = ?1 AND id = ?2{}", subject_name(of),
                       of == Subject::thread ? " AND trace_count > 0" : "");
  });
  Statement& find = db.prepared(kSql[static_cast<size_t>(subject)]);
  ResetGuard guard(find);
  return find.bind(1, workspace).bind(2, id).step();
}

Error not_found(std::string_view what, const base::Uuid& id) {
  return {Code::not_found, fmt::format("{} id: {} not found", what, id.text())};
}

std::string_view title_of(Subject subject) {
  constexpr std::array<std::string_view, kSubjects.size()> kTitles{"Trace", "Span", "Thread"};
  return kTitles[static_cast<size_t>(subject)];
}

}  // namespace

Result<std::optional<Comment>> CommentRows::find(int64_t workspace, const CommentPlace& place) const {
  return read_guarded(pool_, [&](Connection& db) -> Result<std::optional<Comment>> {
    Statement& find = db.prepared("SELECT " OPIK_COMMENT_COLUMNS
                                  " FROM comments c WHERE workspace_n = ?1 AND subject = ?2 AND subject_id = ?3 AND id = ?4");
    ResetGuard guard(find);
    find.bind(1, workspace).bind_text(2, subject_name(place.subject)).bind(3, place.subject_id).bind(4, place.id);
    return find.step() ? std::optional(read_comment(find)) : std::nullopt;
  });
}

Result<void> CommentEdits::add(int64_t workspace, Subject subject, const Comment& comment) {
  return guarded("adding a comment", [&]() -> Result<void> {
    if (!is_there(db_, workspace, subject, comment.subject_id)) return not_found(title_of(subject), comment.subject_id);
    Statement& insert = db_.prepared(
        "INSERT INTO comments (workspace_n, subject, subject_id, id, text, created_at_us, last_updated_at_us) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    insert.bind(1, workspace).bind_text(2, subject_name(subject)).bind(3, comment.subject_id).bind(4, comment.id);
    insert.bind_text(5, comment.text).bind(6, comment.created_at_us).bind(7, comment.last_updated_at_us).run();
    return {};
  });
}

Result<void> CommentEdits::update(int64_t workspace, Subject subject, const Comment& comment) {
  return guarded("updating a comment", [&]() -> Result<void> {
    Statement& update =
        db_.prepared("UPDATE comments SET text = ?4, last_updated_at_us = ?5 WHERE workspace_n = ?1 AND id = ?2 AND subject = ?3");
    update.bind(1, workspace).bind(2, comment.id).bind_text(3, subject_name(subject)).bind_text(4, comment.text);
    update.bind(5, comment.last_updated_at_us).run();
    if (sqlite3_changes64(db_.handle()) == 0) return not_found("Comment", comment.id);
    return {};
  });
}

Result<void> CommentEdits::remove(int64_t workspace, Subject subject, const std::vector<base::Uuid>& ids) {
  return guarded("deleting comments", [&]() -> Result<void> {
    for (const base::Uuid& id : ids) {
      Statement& remove = db_.prepared("DELETE FROM comments WHERE workspace_n = ?1 AND id = ?2 AND subject = ?3");
      remove.bind(1, workspace).bind(2, id).bind_text(3, subject_name(subject)).run();
    }
    return {};
  });
}

bool has_comments(Connection& db, int64_t workspace) {
  Statement& any = db.prepared("SELECT EXISTS (SELECT 1 FROM comments WHERE workspace_n = ?1)");
  ResetGuard guard(any);
  any.bind(1, workspace).step();
  return any.integer(0) != 0;
}

void each_comment(Connection& db, int64_t workspace, Subject subject, const std::vector<int64_t>& numbers,
                  const std::function<void(Comment)>& visit) {
  static const auto kSql = of_each_subject([](Subject of) {
    return fmt::format(
        "SELECT " OPIK_COMMENT_COLUMNS
        " FROM json_each(?2) j CROSS JOIN {0}s e ON e.n = j.value "
        "CROSS JOIN comments c ON c.workspace_n = ?1 AND c.subject = '{0}' AND c.subject_id = e.id ORDER BY c.created_at_us, c.id",
        subject_name(of));
  });
  const std::string wanted = fmt::format("[{}]", fmt::join(numbers, ","));
  Statement& rows = db.prepared(kSql[static_cast<size_t>(subject)]);
  ResetGuard guard(rows);
  rows.bind(1, workspace).bind_text(2, wanted);
  while (rows.step()) visit(read_comment(rows));
}

void delete_comments_of(Connection& db, int64_t workspace, Subject subject, const base::Uuid& id) {
  Statement& remove = db.prepared("DELETE FROM comments WHERE workspace_n = ?1 AND subject = ?2 AND subject_id = ?3");
  remove.bind(1, workspace).bind_text(2, subject_name(subject)).bind(3, id).run();
}

}  // namespace opik::store::sqlite

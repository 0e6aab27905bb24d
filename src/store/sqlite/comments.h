#pragma once
// Comments in SQLite, and how rows of traces, spans and threads find theirs.

#include <functional>
#include <vector>

#include "store/comments.h"
#include "store/sqlite/reader_pool.h"

namespace opik::store::sqlite {

class CommentRows final : public CommentReader {
 public:
  explicit CommentRows(ReaderPool& pool) : pool_(pool) {}
  base::Result<std::optional<model::Comment>> find(int64_t workspace, const CommentPlace& place) const override;

 private:
  ReaderPool& pool_;
};

class CommentEdits final : public CommentWriter {
 public:
  explicit CommentEdits(Connection& db) : db_(db) {}
  base::Result<void> add(int64_t workspace, model::Subject subject, const model::Comment& comment) override;
  base::Result<void> update(int64_t workspace, model::Subject subject, const model::Comment& comment) override;
  base::Result<void> remove(int64_t workspace, model::Subject subject, const std::vector<base::Uuid>& ids) override;

 private:
  Connection& db_;
};

bool has_comments(Connection& db, int64_t workspace);
// The comments of many rows (their n in `traces`, `spans` or `threads`) by one statement: of each the oldest first.
void each_comment(Connection& db, int64_t workspace, model::Subject subject, const std::vector<int64_t>& numbers,
                  const std::function<void(model::Comment)>& visit);
// When what they are about goes.
void delete_comments_of(Connection& db, int64_t workspace, model::Subject subject, const base::Uuid& id);

}  // namespace opik::store::sqlite

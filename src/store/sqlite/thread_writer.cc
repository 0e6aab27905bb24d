#include "store/sqlite/thread_writer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "codec/decode.h"
#include "store/sqlite/scores.h"

namespace opik::store::sqlite {

using base::Code;
using base::Error;
using base::Result;

Result<void> SqliteThreadWriter::set_active(const ThreadNames& which, bool is_active, int64_t arrival_us) {
  return guarded(is_active ? "opening threads" : "closing threads", [&]() -> Result<void> {
    rows_.settle();
    std::vector<int64_t> numbers;
    std::vector<std::string> unknown;
    for (const std::string& thread_id : which.thread_ids) {
      if (const std::optional<int64_t> n = rows_.find_with_traces(which.project, thread_id)) {
        numbers.push_back(*n);
      } else {
        unknown.push_back(thread_id);
      }
    }
    if (!unknown.empty()) return Error{Code::not_found, fmt::format("Thread '[{}]' not found:", fmt::join(unknown, ", "))};
    for (const int64_t n : numbers) {
      db_.prepared(is_active ? "UPDATE threads SET active_at_us = max(active_at_us, ?2), closed_at_us = NULL, edited_at_us = ?2, "
                               "last_updated_at_us = max(last_updated_at_us, ?2) WHERE n = ?1"
                             : "UPDATE threads SET closed_at_us = ?2, edited_at_us = ?2, last_updated_at_us = max(last_updated_at_us, ?2) "
                               "WHERE n = ?1")
          .bind(1, n)
          .bind(2, arrival_us)
          .run();
    }
    return {};
  });
}

Result<void> SqliteThreadWriter::edit_tags(int64_t workspace, const std::vector<base::Uuid>& ids, const std::optional<std::string>& tags,
                                           const model::TagEdit& edit, int64_t arrival_us) {
  return guarded("changing tags of threads", [&]() -> Result<void> {
    rows_.settle();
    std::vector<std::pair<int64_t, std::string>> changed;
    for (const base::Uuid& id : ids) {
      Statement& find = db_.prepared("SELECT n, tags FROM threads WHERE id = ?1 AND workspace_n = ?2");
      ResetGuard guard(find);
      if (!find.bind(1, id).bind(2, workspace).step()) continue;
      Result<std::string> edited = codec::edit_tags(tags ? std::string_view(*tags) : find.text(1), edit);
      if (!edited) return edited.error();
      changed.emplace_back(find.integer(0), *std::move(edited));
    }
    for (const auto& [n, text] : changed) {
      db_.prepared("UPDATE threads SET tags = ?2, edited_at_us = ?3, last_updated_at_us = max(last_updated_at_us, ?3) WHERE n = ?1")
          .bind(1, n)
          .bind_text(2, text)
          .bind(3, arrival_us)
          .run();
    }
    return {};
  });
}

Result<void> SqliteThreadWriter::put_scores(int64_t workspace, const std::vector<ThreadScore>& scores) {
  return guarded("storing scores of threads", [&]() -> Result<void> {
    rows_.settle();
    for (const ThreadScore& said : scores) {
      int64_t project = said.project.value_or(0);
      if (!said.project) {
        const Result<int64_t> named = writer_.project_named(workspace, said.score.project_name);
        if (!named) return named.error();
        project = *named;
      }
      const int64_t n = rows_.find_or_make(workspace, project, said.thread_id, said.score.created_at_us);
      put_score(db_, {workspace, "thread", id_of(n)}, project, said.score);
    }
    return {};
  });
}

Result<void> SqliteThreadWriter::delete_scores(const ThreadNames& which, const std::vector<std::string>& names, const std::string& author) {
  return guarded("deleting scores of threads", [&]() -> Result<void> {
    rows_.settle();
    for (const std::string& thread_id : which.thread_ids) {
      const std::optional<int64_t> n = rows_.find(which.project, thread_id);
      if (!n) continue;
      const base::Uuid id = id_of(*n);
      for (const std::string& name : names) delete_score(db_, {which.workspace, "thread", id}, name, author);
    }
    return {};
  });
}

Result<void> SqliteThreadWriter::delete_threads(const ThreadNames& which, int64_t arrival_us) {
  return guarded("deleting threads", [&]() -> Result<void> {
    for (const std::string& thread_id : which.thread_ids) {
      const std::vector<base::Uuid> traces = traces_of(which.project, thread_id);
      if (Result<void> deleted = writer_.delete_traces(which.workspace, traces, which.project, arrival_us); !deleted) return deleted;
    }
    rows_.settle();
    for (const std::string& thread_id : which.thread_ids) {
      if (const std::optional<int64_t> n = rows_.find(which.project, thread_id)) rows_.remove(*n);
    }
    return {};
  });
}

base::Uuid SqliteThreadWriter::id_of(int64_t n) {
  Statement& find = db_.prepared("SELECT id FROM threads WHERE n = ?1");
  ResetGuard guard(find);
  if (!find.bind(1, n).step()) throw SqlError(SQLITE_CORRUPT, "a thread that is not there");
  return find.uuid(0);
}

std::vector<base::Uuid> SqliteThreadWriter::traces_of(int64_t project, std::string_view thread_id) {
  Statement& find = db_.prepared("SELECT id FROM traces INDEXED BY traces_by_thread WHERE project_n = ?1 AND thread_id = ?2");
  ResetGuard guard(find);
  find.bind(1, project).bind_text(2, thread_id);
  std::vector<base::Uuid> ids;
  while (find.step()) ids.push_back(find.uuid(0));
  return ids;
}

}  // namespace opik::store::sqlite

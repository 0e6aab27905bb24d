#pragma once
// Threads: their requests read, and they themselves written. Rules and errors as in decode.h and encode.h.

#include <optional>
#include <string>
#include <vector>

#include "base/padded_buffer.h"
#include "base/result.h"
#include "codec/decode.h"
#include "codec/page_writer.h"
#include "codec/tag_change.h"
#include "model/thread.h"

namespace opik::codec {

// {"project_name" | "project_id", "thread_id" and, or, "thread_ids", "truncate"}
struct ThreadNamesRequest {
  std::string project_name;
  std::optional<base::Uuid> project_id;
  std::vector<std::string> thread_ids;  // distinct, not blank, 1 to kBatchItemsMax
  bool truncate = false;
};
base::Result<ThreadNamesRequest> decode_thread_names(const base::PaddedBuffer& body);

base::Result<TagChange> decode_thread_update(const base::PaddedBuffer& body);
// {"ids": [...], "update": {...}, "merge_tags": bool}
struct ThreadUpdateBatch {
  std::vector<base::Uuid> ids;
  TagChange change;
};
base::Result<ThreadUpdateBatch> decode_thread_update_batch(const base::PaddedBuffer& body);

// {"scores": [{thread_id, name, value, source, ...}]}, 1 to kBatchItemsMax.
struct ThreadScoreItem {
  size_t index = 0;  // in the list
  std::string thread_id;
  std::optional<base::Uuid> project_id;  // wins over score.project_name
  model::FeedbackScore score;
};
struct ThreadScoreBatch {
  std::vector<ThreadScoreItem> scores;
  std::vector<ItemError> errors;
};
base::Result<ThreadScoreBatch> decode_thread_scores(const base::PaddedBuffer& body);

// {"project_name", "thread_id", "names": [...], "author"}
struct ThreadScoreNames {
  std::string project_name;
  std::string thread_id;
  std::vector<std::string> names;
  std::string author;  // empty: every author
};
base::Result<ThreadScoreNames> decode_thread_score_names(const base::PaddedBuffer& body);

void append_thread(std::string& out, const model::Thread& thread, bool truncate);
void append_thread_page(std::string& out, const std::vector<model::Thread>& threads, bool truncate, PagePlace place,
                        const std::vector<std::string>& sortable_by);

}  // namespace opik::codec

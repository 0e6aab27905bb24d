#pragma once
// Where comments live. Two halves and threads as in trace_store.h; the writer works within the TraceWriter's begin() and commit().
// They are shown on what they are about (model::Record::comments), and go with it.

#include <optional>
#include <vector>

#include "base/result.h"
#include "model/comment.h"

namespace opik::store {

// One comment: also what it is about must be right.
struct CommentPlace {
  model::Subject subject = model::Subject::trace;
  base::Uuid subject_id;
  base::Uuid id;
};

class CommentReader {
 public:
  virtual ~CommentReader() = default;
  virtual base::Result<std::optional<model::Comment>> find(int64_t workspace, const CommentPlace& place) const = 0;
};

class CommentWriter {
 public:
  virtual ~CommentWriter() = default;
  // Code::not_found if what it is about is not there (any more).
  virtual base::Result<void> add(int64_t workspace, model::Subject subject, const model::Comment& comment) = 0;
  // Text and time of the comment with that id. Code::not_found.
  virtual base::Result<void> update(int64_t workspace, model::Subject subject, const model::Comment& comment) = 0;
  // Unknown ids are no error.
  virtual base::Result<void> remove(int64_t workspace, model::Subject subject, const std::vector<base::Uuid>& ids) = 0;
};

}  // namespace opik::store

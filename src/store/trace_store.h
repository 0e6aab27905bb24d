#pragma once
// Where traces, spans and their scores live. Two halves:
//
//   TraceReader   any thread, any time; sees what has been committed
//   TraceWriter   one thread only (ingest's); what it did is durable and visible after commit()
//
// write walk:  prepare, add, ..., finish (any thread: compress)  >  begin  >  apply, apply, ...  >  commit
//
// Errors: Code::unavailable when the disk is full or read-only, Code::internal when the file is damaged; never half done.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/message.h"
#include "model/record.h"
#include "query/selection.h"

namespace opik::store {

inline constexpr int64_t kDefaultWorkspace = 1;

struct NewAttachment;  // attachments.h

// One message that could not be applied; the others of its batch are.
struct Rejection {
  size_t index = 0;  // of the message, in the order of add()
  base::Uuid id;
  base::Error error;
};

struct WriteReport {
  std::vector<Rejection> rejected;
  size_t stored = 0;  // messages accepted: also those that changed nothing
};

// Messages made ready for one store on the request's thread, so that the writer's thread has little left to do: filled, finished,
// applied. One thread at a time.
class PreparedBatch {
 public:
  virtual ~PreparedBatch() = default;
  // The message's arrival must be set.
  virtual void add(model::Message message) = 0;
  // A file that was taken out of message `index`, in the order of add(), where "[file_name]" stands for it. Once everything is added
  // and before finish(); ascending by index. A store without attachments forgets it.
  virtual void attach(size_t index, const NewAttachment& file) { (void)index, (void)file; }
  virtual void clear() = 0;
  // Once, when nothing more comes: the expensive part.
  virtual void finish() = 0;
  virtual size_t size() const = 0;  // messages
};

class TraceWriter {
 public:
  virtual ~TraceWriter() = default;

  virtual base::Result<void> begin() = 0;
  // Everything since begin() becomes durable and visible. On an error everything since begin() is undone.
  virtual base::Result<void> commit() = 0;
  virtual void rollback() = 0;

  virtual base::Result<WriteReport> apply(PreparedBatch& batch) = 0;

  // Deletes traces with their spans and scores. Ids that are unknown are remembered as deleted too.
  // `project`: only traces of that project, if given. `arrival_us`: when the deletion was asked for.
  virtual base::Result<void> delete_traces(int64_t workspace, const std::vector<base::Uuid>& ids, std::optional<int64_t> project,
                                           int64_t arrival_us) = 0;
  // The entity need not exist.
  virtual base::Result<void> put_scores(int64_t workspace, model::Kind kind, const std::vector<model::FeedbackScore>& scores) = 0;
  // `author` empty: of every author.
  virtual base::Result<void> delete_score(int64_t workspace, model::Kind kind, const base::Uuid& id, const std::string& name,
                                          const std::string& author) = 0;
};

// Who is handed a page of a listing: first how much there is, then its records, in order, some at a time, so that nobody holds all of a
// long page. If reading fails on the way, what was handed over is of no use.
class PageSink {
 public:
  virtual ~PageSink() = default;
  // Rows on the page, and of the whole listing.
  virtual void begin(int64_t rows, int64_t total) = 0;
  virtual void add(std::vector<model::Record>& records) = 0;
};

class TraceReader {
 public:
  virtual ~TraceReader() = default;

  // Nothing if the id is unknown. With scores and, for a trace, totals.
  virtual base::Result<std::optional<model::Record>> get(model::Kind kind, int64_t workspace, const base::Uuid& id) const = 0;
  virtual base::Result<bool> exists(model::Kind kind, int64_t workspace, const base::Uuid& id) const = 0;

  // `fields`: what the caller will print; payloads are left out (and not read) if it has none of kPayloadFields.
  virtual base::Result<std::vector<model::Record>> list(const query::Selection& which, const query::Window& window,
                                                        model::FieldSet fields) const = 0;
  virtual base::Result<int64_t> count(const query::Selection& which) const = 0;
  // Both, for a store that finds them in one pass or reads a page in pieces.
  virtual base::Result<void> page(const query::Selection& which, const query::Window& window, model::FieldSet fields,
                                  PageSink& sink) const {
    base::Result<int64_t> total = count(which);
    if (!total) return total.error();
    base::Result<std::vector<model::Record>> records = list(which, window, fields);
    if (!records) return records.error();
    sink.begin(static_cast<int64_t>(records->size()), *total);
    sink.add(*records);
    return {};
  }
  virtual base::Result<model::Stats> stats(const query::Selection& which) const = 0;
};

// Thread-safe.
class TraceStore : public TraceReader {
 public:
  // An empty batch for one workspace.
  virtual std::unique_ptr<PreparedBatch> prepare(int64_t workspace) = 0;
  // The greatest arrival that was ever committed, 0 if none: where the ArrivalClock goes on.
  virtual int64_t last_arrival_us() const = 0;
};

}  // namespace opik::store

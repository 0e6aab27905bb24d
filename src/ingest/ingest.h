#pragma once
// Group commit: requests on many threads become few durable transactions on one.
//
//   auto batch = ingest.prepare(workspace);
//   batch->add(message);
//   ingest.write(std::move(batch), [reply](base::Result<store::WriteReport> report) { ... });
//
// Each write joins the group that is being gathered; while one group is committed the next gathers. `done` is called on the
// writer's thread after the group is on disk, or with the error that kept it from being there: it must only hand the result on.
// A job that is refused (a name is taken) takes no other with it. When the storage fails, the group is undone and each of its
// jobs is tried alone.
//
// Thread-safe. The destructor finishes what was accepted.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/result.h"
#include "store/catalog.h"
#include "store/resources.h"
#include "store/trace_store.h"

namespace opik::ingest {

// What a job may touch, on the writer's thread, inside the transaction.
struct Session {
  store::TraceWriter& traces;
  store::CatalogWriter& catalog;
  store::ResourceWriters resources = {};
};

struct Counters {
  uint64_t groups = 0;    // transactions committed
  uint64_t jobs = 0;      // requests in them
  uint64_t messages = 0;  // traces and spans (creates and updates) in them
  uint64_t failed_groups = 0;
  uint64_t prepare_ns = 0;  // CPU time of finishing batches, on the requests' threads
  uint64_t writer_ns = 0;   // CPU time of the writer's thread
  int64_t queued_jobs = 0;  // waiting now
};

class Ingest {
 public:
  Ingest(store::TraceStore& store, Session session);
  ~Ingest();
  Ingest(const Ingest&) = delete;

  // An empty batch, to be filled on the caller's thread.
  std::unique_ptr<store::PreparedBatch> prepare(int64_t workspace) { return store_.prepare(workspace); }
  // Finishes the batch on this thread, then queues it.
  void write(std::unique_ptr<store::PreparedBatch> batch, std::function<void(base::Result<store::WriteReport>)> done) {
    write(std::move(batch), nullptr, std::move(done));
  }
  // `first` runs in the same transaction before the batch is applied, and may put another, finished batch in its place; like execute()'s
  // work it may run twice. If it fails, the batch is not applied.
  using First = std::function<base::Result<void>(Session&, std::unique_ptr<store::PreparedBatch>&)>;
  void write(std::unique_ptr<store::PreparedBatch> batch, First first, std::function<void(base::Result<store::WriteReport>)> done);

  // Any other change. `work` runs once or, if its group fails, again in a transaction of its own; `done` gets the error if
  // it failed or could not be committed.
  void execute(std::function<base::Result<void>(Session&)> work, std::function<void(base::Result<void>)> done);

  Counters counters() const;

 private:
  struct Job {
    std::function<base::Result<void>(Session&)> work;
    std::function<void(base::Result<void>)> done;
    size_t messages = 0;
  };

  void enqueue(Job job);
  void run();
  std::vector<Job> next_group();
  void commit_group(std::vector<Job>& group);
  base::Result<void> commit_together(std::span<Job> jobs, std::vector<base::Result<void>>& outcomes);

  store::TraceStore& store_;
  Session session_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Job> queue_;
  Counters counters_;
  bool stopping_ = false;
  std::thread thread_;  // last: starts when everything above is there
};

}  // namespace opik::ingest

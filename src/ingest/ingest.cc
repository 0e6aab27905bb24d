#include "ingest/ingest.h"

#include <spdlog/spdlog.h>

#include <iterator>

#include "base/cpu_time.h"
#include "ingest/limits.h"

// How it works. enqueue() puts a job into queue_; the writer's thread takes as many as a group may hold, runs them between
// begin() and commit() and tells each how it ended. There is no timer: while one group waits for the disk, the next gathers.

namespace opik::ingest {

Ingest::Ingest(store::TraceStore& store, Session session) : store_(store), session_(session), thread_([this] { run(); }) {}

Ingest::~Ingest() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Ingest::write(std::unique_ptr<store::PreparedBatch> batch, First first, std::function<void(base::Result<store::WriteReport>)> done) {
  struct Write {
    std::unique_ptr<store::PreparedBatch> batch;
    store::WriteReport report;
  };
  const size_t count = batch->size();
  const uint64_t start_ns = base::thread_cpu_ns();
  batch->finish();
  {
    std::lock_guard lock(mutex_);
    counters_.prepare_ns += base::thread_cpu_ns() - start_ns;
  }
  // Shared by the two closures of one job, of which either may be the last to go.
  auto write = std::make_shared<Write>(Write{std::move(batch), {}});
  enqueue(Job{[write, first = std::move(first)](Session& session) -> base::Result<void> {
                if (first) {
                  if (base::Result<void> ready = first(session, write->batch); !ready) return ready;
                }
                base::Result<store::WriteReport> report = session.traces.apply(*write->batch);
                if (!report) return report.error();
                write->report = *std::move(report);
                return {};
              },
              [write, done = std::move(done)](base::Result<void> result) {
                if (result) {
                  done(std::move(write->report));
                } else {
                  done(result.error());
                }
              },
              count});
}

void Ingest::execute(std::function<base::Result<void>(Session&)> work, std::function<void(base::Result<void>)> done) {
  enqueue(Job{std::move(work), std::move(done), 0});
}

Counters Ingest::counters() const {
  std::lock_guard lock(mutex_);
  Counters now = counters_;
  now.queued_jobs = static_cast<int64_t>(queue_.size());
  return now;
}

void Ingest::enqueue(Job job) {
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void Ingest::run() {
  for (;;) {
    std::vector<Job> group = next_group();
    if (group.empty()) return;
    const uint64_t start_ns = base::thread_cpu_ns();
    commit_group(group);
    std::lock_guard lock(mutex_);
    counters_.writer_ns += base::thread_cpu_ns() - start_ns;
  }
}

// Waits for work. Empty only when stopping and nothing is left.
std::vector<Ingest::Job> Ingest::next_group() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  size_t messages = 0;
  size_t count = 0;
  while (count < queue_.size() && count < kGroupJobsMax && (count == 0 || messages + queue_[count].messages <= kGroupMessagesMax)) {
    messages += queue_[count++].messages;
  }
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<Job> group(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return group;
}

void Ingest::commit_group(std::vector<Job>& group) {
  std::vector<base::Result<void>> outcomes(group.size());
  base::Result<void> together = commit_together(group, outcomes);
  size_t messages = 0;
  size_t failed = 0;
  if (!together) {
    if (group.size() == 1) {
      outcomes[0] = together;
    } else {
      spdlog::warn("ingest: group undone, trying its jobs alone jobs={} reason=\"{}\"", group.size(), together.error().message);
      for (size_t i = 0; i < group.size(); ++i) {
        std::vector<base::Result<void>> alone(1);
        base::Result<void> committed = commit_together({&group[i], 1}, alone);
        outcomes[i] = committed ? alone[0] : committed;
      }
    }
  }
  for (size_t i = 0; i < group.size(); ++i) {
    if (outcomes[i]) {
      messages += group[i].messages;
    } else {
      ++failed;
    }
  }
  {
    std::lock_guard lock(mutex_);
    counters_.groups += together.has_value();
    counters_.failed_groups += !together.has_value();
    counters_.jobs += group.size() - failed;
    counters_.messages += messages;
  }
  for (size_t i = 0; i < group.size(); ++i) group[i].done(std::move(outcomes[i]));
}

// One transaction over `jobs`. A job that is refused by its own doing (unknown project, name taken) changes nothing and is
// told so, and the others go on; a failure of the storage undoes them all and is returned.
base::Result<void> Ingest::commit_together(std::span<Job> jobs, std::vector<base::Result<void>>& outcomes) {
  if (base::Result<void> begun = session_.traces.begin(); !begun) return begun;
  for (size_t i = 0; i < jobs.size(); ++i) {
    outcomes[i] = jobs[i].work(session_);
    if (outcomes[i]) continue;
    const base::Code code = outcomes[i].error().code;
    if (code == base::Code::unavailable || code == base::Code::internal) {
      session_.traces.rollback();
      return outcomes[i];
    }
  }
  return session_.traces.commit();
}

}  // namespace opik::ingest

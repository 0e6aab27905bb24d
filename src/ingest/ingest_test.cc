// Goal: every write is answered exactly once and only after its group is committed; what is refused takes nothing else along;
// a failing storage fails those who wrote and nobody hangs.
// Method: a scripted store that records what happens to it and fails on demand, under many threads.

#include "ingest/ingest.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>

namespace opik::ingest {
namespace {

using base::Code;
using base::Error;
using base::Result;

struct TestBatch : store::PreparedBatch {
  void add(model::Message message) override { messages.push_back(std::move(message)); }
  void clear() override { messages.clear(); }
  void finish() override {}
  size_t size() const override { return messages.size(); }
  std::vector<model::Message> messages;
};

// Keeps the ids that were committed. An id whose last byte is 0xbd ("bad") makes its job fail.
class ScriptedStore : public store::TraceStore, public store::TraceWriter, public store::CatalogWriter {
 public:
  std::unique_ptr<store::PreparedBatch> prepare(int64_t) override { return std::make_unique<TestBatch>(); }
  Result<void> begin() override { return (pending.clear(), Result<void>{}); }
  Result<void> commit() override {
    if (fail_commits > 0) {
      --fail_commits;
      pending.clear();
      return Error{Code::unavailable, "storing: the disk is full"};
    }
    committed.insert(pending.begin(), pending.end());
    ++commits;
    return {};
  }
  void rollback() override { pending.clear(); }
  Result<store::WriteReport> apply(store::PreparedBatch& batch) override {
    store::WriteReport report;
    for (const model::Message& message : static_cast<TestBatch&>(batch).messages) {
      if (static_cast<uint8_t>(message.id.bytes().back()) == 0xbd) return Error{Code::internal, "storing: bad id"};
      pending.insert(message.id);
      ++report.stored;
    }
    return report;
  }

  Result<void> delete_traces(int64_t, const std::vector<base::Uuid>&, std::optional<int64_t>, int64_t) override { return {}; }
  Result<void> put_scores(int64_t, model::Kind, const std::vector<model::FeedbackScore>&) override { return {}; }
  Result<void> delete_score(int64_t, model::Kind, const base::Uuid&, const std::string&, const std::string&) override { return {}; }
  Result<std::optional<model::Record>> get(model::Kind, int64_t, const base::Uuid&) const override {
    return std::optional<model::Record>{};
  }
  Result<bool> exists(model::Kind, int64_t, const base::Uuid&) const override { return false; }
  Result<std::vector<model::Record>> list(const query::Selection&, const query::Window&, model::FieldSet) const override {
    return std::vector<model::Record>{};
  }
  Result<int64_t> count(const query::Selection&) const override { return int64_t{0}; }
  Result<model::Stats> stats(const query::Selection&) const override { return model::Stats{}; }
  int64_t last_arrival_us() const override { return 0; }
  Result<model::Project> create_project(int64_t, model::Project project) override { return project; }
  Result<int64_t> project_named(int64_t, std::string_view) override { return int64_t{1}; }
  Result<void> update_project(int64_t, const base::Uuid&, const store::ProjectPatch&) override { return {}; }
  Result<void> delete_projects(int64_t, const std::vector<base::Uuid>&) override { return {}; }

  std::set<base::Uuid> pending;
  std::set<base::Uuid> committed;
  std::atomic<int> fail_commits{0};
  int commits = 0;
};

model::Message message(bool bad = false) {
  std::array<uint8_t, 16> bytes;
  std::copy_n(reinterpret_cast<const uint8_t*>(base::Uuid::v7().bytes().data()), 16, bytes.begin());
  bytes[15] = bad ? 0xbd : 0x01;
  model::Message m;
  m.id = base::Uuid{bytes};
  return m;
}

std::unique_ptr<store::PreparedBatch> batch_of(Ingest& ingest, model::Message message) {
  auto batch = ingest.prepare(1);
  batch->add(std::move(message));
  return batch;
}

TEST(Ingest, AnswersOnceAfterTheCommit) {
  ScriptedStore store;
  std::atomic<int> answers{0};
  std::vector<base::Uuid> sent;
  std::mutex mutex;
  {
    Ingest ingest(store, {store, store});
    std::vector<std::thread> clients;
    for (int c = 0; c < 8; ++c) {
      clients.emplace_back([&] {
        for (int i = 0; i < 200; ++i) {
          const model::Message m = message();
          std::promise<bool> done;
          ingest.write(batch_of(ingest, m), [&](Result<store::WriteReport> report) {
            done.set_value(report && report->stored == 1 && store.committed.contains(m.id));
          });
          EXPECT_TRUE(done.get_future().get());
          ++answers;
          std::lock_guard lock(mutex);
          sent.push_back(m.id);
        }
      });
    }
    for (std::thread& client : clients) client.join();
    const Counters counters = ingest.counters();
    EXPECT_EQ(counters.jobs, 1'600u);
    EXPECT_EQ(counters.messages, 1'600u);
    EXPECT_LE(counters.groups, 1'600u);
    EXPECT_EQ(counters.queued_jobs, 0);
  }
  EXPECT_EQ(answers, 1'600);
  EXPECT_EQ(store.committed, std::set<base::Uuid>(sent.begin(), sent.end()));
}

// Holds the writer's thread, so that what comes meanwhile makes one group. The job owns what it waits on: it may still be waking up
// when this function has returned.
void gather(Ingest& ingest, const std::function<void()>& meanwhile) {
  std::promise<void> hold;
  const std::shared_future<void> released = hold.get_future().share();
  const auto held = std::make_shared<std::promise<void>>();
  std::future<void> is_held = held->get_future();
  ingest.execute(
      [released, held](Session&) -> Result<void> {
        held->set_value();
        released.wait();
        return {};
      },
      [](Result<void>) {});
  is_held.wait();
  meanwhile();
  hold.set_value();
}

TEST(Ingest, AFailingJobFailsAlone) {
  ScriptedStore store;
  std::map<base::Uuid, bool> outcomes;
  {
    Ingest ingest(store, {store, store});
    gather(ingest, [&] {
      for (int i = 0; i < 5; ++i) {
        const model::Message m = message(i == 2);
        ingest.write(batch_of(ingest, m), [&outcomes, id = m.id](Result<store::WriteReport> report) { outcomes[id] = report.has_value(); });
      }
    });
  }
  ASSERT_EQ(outcomes.size(), 5u);
  for (const auto& [id, good] : outcomes) EXPECT_EQ(good, store.committed.contains(id));
  EXPECT_EQ(store.committed.size(), 4u);
}

TEST(Ingest, ARefusedJobLeavesTheGroupTogether) {
  ScriptedStore store;
  std::optional<Code> refused;
  bool other = false;
  {
    Ingest ingest(store, {store, store});
    gather(ingest, [&] {
      ingest.execute(
          [](Session&) -> Result<void> {
            return Error{Code::conflict, "taken"};
          },
          [&](Result<void> r) { refused = r.error().code; });
      ingest.write(batch_of(ingest, message()), [&](Result<store::WriteReport> report) { other = report.has_value(); });
    });
  }
  EXPECT_EQ(refused, Code::conflict);
  EXPECT_TRUE(other);
  EXPECT_EQ(store.commits, 2);  // the holding job's group, and the two together
}

TEST(Ingest, AFailedCommitIsTriedPerJobAndThenTold) {
  ScriptedStore store;
  int good = 0;
  int bad = 0;
  {
    Ingest ingest(store, {store, store});
    gather(ingest, [&] {
      store.fail_commits = 3;  // the group, then the first two alone: one of them is the holding job's own
      for (int i = 0; i < 4; ++i) {
        ingest.write(batch_of(ingest, message()), [&](Result<store::WriteReport> report) { ++(report ? good : bad); });
      }
    });
  }
  EXPECT_EQ(good + bad, 4);
  EXPECT_GE(good, 2);
  EXPECT_EQ(store.committed.size(), static_cast<size_t>(good));
}

}  // namespace
}  // namespace opik::ingest

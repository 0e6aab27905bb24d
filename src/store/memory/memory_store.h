#pragma once
// The store in a few maps: nothing is indexed, compressed or durable. It is what the other stores are compared with, so it is
// written to be obviously right, and it serves tests of the rooms above.
//
//   MemoryStore store;
//   auto batch = store.prepare(kDefaultWorkspace);
//   batch->add(message);  batch->finish();
//   store.begin();  store.apply(*batch);  store.commit();
//   store.get(Kind::trace, kDefaultWorkspace, id);
//
// Threads as in trace_store.h: readers on any thread see what was committed, one thread writes. begin() copies everything.
// No limits, and no errors beyond those of the interfaces.

#include <compare>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "cost/prices.h"
#include "model/entity.h"
#include "store/catalog.h"
#include "store/guardrails.h"
#include "store/memory/threads.h"
#include "store/trace_store.h"

namespace opik::store::memory {

class MemoryStore final : public TraceStore, public TraceWriter, public CatalogReader, public CatalogWriter, public GuardrailWriter {
 public:
  // `prices` outlives the store.
  explicit MemoryStore(const cost::PriceTable& prices = cost::PriceTable::built_in());

  // TraceStore
  std::unique_ptr<PreparedBatch> prepare(int64_t workspace) override;
  int64_t last_arrival_us() const override;
  base::Result<std::optional<model::Record>> get(model::Kind kind, int64_t workspace, const base::Uuid& id) const override;
  base::Result<bool> exists(model::Kind kind, int64_t workspace, const base::Uuid& id) const override;
  base::Result<std::vector<model::Record>> list(const query::Selection& which, const query::Window& window,
                                                model::FieldSet fields) const override;
  base::Result<int64_t> count(const query::Selection& which) const override;
  base::Result<model::Stats> stats(const query::Selection& which) const override;

  // TraceWriter
  base::Result<void> begin() override;
  base::Result<void> commit() override;
  void rollback() override;
  base::Result<WriteReport> apply(PreparedBatch& batch) override;
  base::Result<void> delete_traces(int64_t workspace, const std::vector<base::Uuid>& ids, std::optional<int64_t> project,
                                   int64_t arrival_us) override;
  base::Result<void> put_scores(int64_t workspace, model::Kind kind, const std::vector<model::FeedbackScore>& scores) override;
  base::Result<void> delete_score(int64_t workspace, model::Kind kind, const base::Uuid& id, const std::string& name,
                                  const std::string& author) override;

  // GuardrailWriter
  base::Result<void> put(int64_t workspace, const std::vector<model::GuardrailCheck>& checks) override;

  // CatalogReader
  base::Result<std::optional<model::Project>> project_by_id(int64_t workspace, const base::Uuid& id) const override;
  base::Result<std::optional<model::Project>> project_by_name(int64_t workspace, std::string_view name) const override;
  base::Result<ProjectPage> projects(int64_t workspace, const ProjectListing& listing) const override;

  // CatalogWriter
  base::Result<model::Project> create_project(int64_t workspace, model::Project project) override;
  base::Result<int64_t> project_named(int64_t workspace, std::string_view name) override;
  base::Result<void> update_project(int64_t workspace, const base::Uuid& id, const ProjectPatch& patch) override;
  base::Result<void> delete_projects(int64_t workspace, const std::vector<base::Uuid>& ids) override;

  const ThreadReader& threads() const { return threads_; }
  ThreadWriter& thread_writer() { return threads_; }

 private:
  friend class MemoryThreads;
  struct Key {
    int64_t workspace = 0;
    model::Kind kind = model::Kind::trace;
    base::Uuid id;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct ScoreKey {
    Key entity;
    std::string name;
    std::string author;
    friend auto operator<=>(const ScoreKey&, const ScoreKey&) = default;
  };
  struct Known {
    model::Entity entity;
    model::View view;  // of the entity, after its last merge
    double cost = 0;   // of that view; spans only
  };
  struct Place {
    int64_t workspace = 0;
    bool is_deleted = false;  // entities still stand in it, but its name is free
    model::Project project;
  };
  struct State {
    std::map<Key, Known> entities;
    std::map<Key, model::Tombstone> tombstones;  // of traces
    std::map<ScoreKey, model::FeedbackScore> scores;
    std::map<Key, std::vector<model::GuardrailCheck>> checks;  // of traces, by span
    std::map<int64_t, Place> projects;                         // by number
    std::map<ThreadKey, OwnThread> threads;
    std::map<std::tuple<base::Uuid, std::string, std::string>, model::FeedbackScore> thread_scores;  // by thread, name, author
    std::map<Key, TouchedTrace> touched;                                                             // traces, by this transaction
    int64_t last_arrival_us = 0;

    const Known* find(const Key& key) const;
    const Place* project_by_id(int64_t workspace, const base::Uuid& id) const;
    const Place* project_by_name(int64_t workspace, std::string_view name) const;
    int64_t project_named(int64_t workspace, std::string_view name);
    std::optional<int64_t> project_of(int64_t workspace, const model::Message& message, const Known* known);
    base::Result<void> apply(int64_t workspace, model::Message message, const cost::PriceTable& prices);
    void delete_trace(const Key& key, int64_t arrival_us);
    std::vector<model::FeedbackScore> scores_of(const Key& key) const;
    model::TraceTotals totals_of(const Key& trace, int64_t project) const;
    model::Record record(const Key& key, const Known& known) const;
    std::vector<model::Record> select(const query::Selection& which) const;
    // threads.cc
    void touch(const Key& key, const Known* before, const Known* after, int64_t arrival_us, bool is_create);
    void settle_threads();
    void remove_thread(const ThreadKey& key);
    model::Thread thread(const ThreadKey& key, int64_t active_since_us) const;
  };

  // Shared with the readers that are looking at it while the next state is published.
  std::shared_ptr<const State> committed() const;
  State& open();

  const cost::PriceTable& prices_;
  mutable std::mutex mutex_;
  std::shared_ptr<const State> committed_;
  std::unique_ptr<State> open_;  // between begin() and commit(); the writer's thread only
  MemoryThreads threads_{*this};
};

}  // namespace opik::store::memory

#pragma once
// Threads of the store in memory: grouped anew from its traces for every question.
//
//   MemoryThreads threads(store);      // both halves of store/threads.h
//
// What is a thread's own is kept in the store's state (Own), settled once per transaction.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/threads.h"

namespace opik::store::memory {

class MemoryStore;

using ThreadKey = std::pair<int64_t, std::string>;  // the project's number, thread_id

// What is kept of a thread beside its traces.
struct OwnThread {
  int64_t workspace = 0;
  base::Uuid id;
  bool has_traces = false;  // else it is known by its scores alone
  std::string tags;
  int64_t edited_at_us = 0;
  int64_t active_at_us = 0;
  std::optional<int64_t> closed_at_us;
};

// What a transaction did to one trace.
struct TouchedTrace {
  std::optional<ThreadKey> before;  // the thread it was in when the transaction began
  int64_t arrival_us = 0;
  int64_t create_arrival_us = 0;
};

class MemoryThreads final : public ThreadReader, public ThreadWriter {
 public:
  explicit MemoryThreads(MemoryStore& store) : store_(store) {}

  base::Result<std::optional<ThreadRef>> find(int64_t workspace, const base::Uuid& id) const override;
  base::Result<std::optional<ThreadRef>> find(int64_t workspace, int64_t project, std::string_view thread_id) const override;
  base::Result<std::optional<model::Thread>> get(int64_t workspace, const base::Uuid& id, int64_t active_since_us) const override;
  base::Result<std::vector<model::Thread>> list(const ThreadSelection& which, const query::Window& window) const override;
  base::Result<ThreadPage> page(const ThreadSelection& which, const query::Window& window) const override;
  base::Result<model::ThreadStats> stats(const ThreadSelection& which) const override;

  base::Result<void> set_active(const ThreadNames& which, bool is_active, int64_t arrival_us) override;
  base::Result<void> edit_tags(int64_t workspace, const std::vector<base::Uuid>& ids, const std::optional<std::string>& tags,
                               const model::TagEdit& edit, int64_t arrival_us) override;
  base::Result<void> put_scores(int64_t workspace, const std::vector<ThreadScore>& scores) override;
  base::Result<void> delete_scores(const ThreadNames& which, const std::vector<std::string>& names, const std::string& author) override;
  base::Result<void> delete_threads(const ThreadNames& which, int64_t arrival_us) override;

 private:
  std::vector<model::Thread> select(const ThreadSelection& which) const;

  MemoryStore& store_;
};

}  // namespace opik::store::memory

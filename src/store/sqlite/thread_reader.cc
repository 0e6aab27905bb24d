#include "store/sqlite/thread_reader.h"

#include <cmath>

#include "codec/decode.h"
#include "store/sqlite/averages.h"
#include "store/sqlite/thread_select.h"

namespace opik::store::sqlite {
namespace {

using base::Result;

std::optional<ThreadRef> first_ref(Statement& find) {
  ResetGuard guard(find);
  if (!find.step()) return std::nullopt;
  return ThreadRef{find.uuid(0), find.integer(1), std::string(find.text(2))};
}

const query::Window kAll{query::Window::Order::any, std::nullopt, 0, 0, {}};

std::vector<model::Thread> list_threads(Connection& db, const PayloadCodec& codec, const ThreadSelection& which,
                                        const query::Window& window) {
  std::vector<int64_t> numbers;
  int64_t skip = window.offset;
  each_thread_number(db, codec, which, window, [&](int64_t n) {
    if (skip-- > 0) return true;
    if (static_cast<int64_t>(numbers.size()) < window.limit) numbers.push_back(n);
    return static_cast<int64_t>(numbers.size()) < window.limit;
  });
  return ThreadLoader(db, codec, which.workspace, which.active_since_us).load(numbers);
}

int64_t count_threads(Connection& db, const PayloadCodec& codec, const ThreadSelection& which) {
  int64_t count = 0;
  each_thread_number(db, codec, which, kAll, [&](int64_t) { return ++count, true; });
  return count;
}

model::ThreadStats collect_stats(Connection& db, const PayloadCodec& codec, const ThreadSelection& which) {
  model::ThreadStats stats;
  std::vector<double> durations_ms;
  Mean messages;
  Mean tags;
  Mean costs;
  std::map<std::string, Mean> usage;
  std::map<std::string, Mean> scores;
  ThreadLoader loader(db, codec, which.workspace, which.active_since_us);
  each_thread_number(db, codec, which, kAll, [&](int64_t n) {
    const model::Thread thread = loader.load(n, false);
    ++stats.count;
    if (thread.end_time_ns) durations_ms.push_back(std::floor(static_cast<double>(*thread.end_time_ns - thread.start_time_ns) / 1e3) / 1e3);
    messages.add(static_cast<double>(thread.trace_count * model::kMessagesOfTrace));
    tags.add(static_cast<double>(codec::parse_tags(thread.tags).size()));
    if (thread.cost > 0) costs.add(thread.cost);
    for (const auto& [name, value] : thread.usage) {
      usage[name].add(static_cast<double>(value));
      stats.usage_sum[name] += value;
    }
    add_scores(thread.scores, scores);
    return true;
  });
  stats.duration_ms = percentiles_of(std::move(durations_ms));
  stats.messages_average = messages.value();
  stats.tags_average = tags.value();
  if (costs.count > 0) stats.cost_average = costs.value();
  stats.cost_sum = costs.sum.value();
  stats.usage_average = values_of(usage);
  stats.score_average = values_of(scores);
  return stats;
}

}  // namespace

Result<std::optional<ThreadRef>> SqliteThreadReader::find(int64_t workspace, const base::Uuid& id) const {
  return read_guarded(pool_, [&](Connection& db) -> Result<std::optional<ThreadRef>> {
    return first_ref(db.prepared("SELECT id, project_n, thread_id FROM threads WHERE id = ?1 AND workspace_n = ?2 AND trace_count > 0")
                         .bind(1, id)
                         .bind(2, workspace));
  });
}

Result<std::optional<ThreadRef>> SqliteThreadReader::find(int64_t workspace, int64_t project, std::string_view thread_id) const {
  return read_guarded(pool_, [&](Connection& db) -> Result<std::optional<ThreadRef>> {
    return first_ref(db.prepared("SELECT id, project_n, thread_id FROM threads "
                                 "WHERE project_n = ?1 AND thread_id = ?2 AND workspace_n = ?3 AND trace_count > 0")
                         .bind(1, project)
                         .bind_text(2, thread_id)
                         .bind(3, workspace));
  });
}

Result<std::optional<model::Thread>> SqliteThreadReader::get(int64_t workspace, const base::Uuid& id, int64_t active_since_us) const {
  return read_guarded(pool_, [&](Connection& db) -> Result<std::optional<model::Thread>> {
    std::optional<int64_t> n;
    {
      Statement& find = db.prepared("SELECT n FROM threads WHERE id = ?1 AND workspace_n = ?2 AND trace_count > 0");
      ResetGuard guard(find);
      if (find.bind(1, id).bind(2, workspace).step()) n = find.integer(0);
    }
    if (!n) return std::optional<model::Thread>{};
    return std::optional(std::move(ThreadLoader(db, codec_, workspace, active_since_us).load(std::vector{*n}).front()));
  });
}

Result<std::vector<model::Thread>> SqliteThreadReader::list(const ThreadSelection& which, const query::Window& window) const {
  return read_guarded(pool_, [&](Connection& db) -> Result<std::vector<model::Thread>> { return list_threads(db, codec_, which, window); });
}

Result<ThreadPage> SqliteThreadReader::page(const ThreadSelection& which, const query::Window& window) const {
  return read_guarded(pool_, [&](Connection& db) -> Result<ThreadPage> {
    return ThreadPage{list_threads(db, codec_, which, window), count_threads(db, codec_, which)};
  });
}

Result<model::ThreadStats> SqliteThreadReader::stats(const ThreadSelection& which) const {
  return read_guarded(pool_, [&](Connection& db) -> Result<model::ThreadStats> { return collect_stats(db, codec_, which); });
}

}  // namespace opik::store::sqlite

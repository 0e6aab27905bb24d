#include "store/sqlite/reader.h"

#include <algorithm>

#include "store/sqlite/column_select.h"
#include "store/sqlite/column_stats.h"
#include "store/sqlite/limits.h"
#include "store/sqlite/projects.h"
#include "store/sqlite/record_loader.h"
#include "store/sqlite/select.h"
#include "store/sqlite/stats.h"

namespace opik::store::sqlite {

using model::Field;
using model::Kind;
using model::Record;

namespace {

std::optional<int64_t> find_number(Connection& db, Kind kind, int64_t workspace, const base::Uuid& id) {
  Statement& find = db.prepared(kind == Kind::trace ? "SELECT n FROM traces WHERE workspace_n = ?1 AND id = ?2"
                                                    : "SELECT n FROM spans WHERE workspace_n = ?1 AND id = ?2");
  ResetGuard guard(find);
  if (!find.bind(1, workspace).bind(2, id).step()) return std::nullopt;
  return find.integer(0);
}

std::vector<int64_t> numbers_in(Connection& db, const PayloadCodec& codec, const query::Selection& which, const query::Window& window) {
  std::vector<int64_t> numbers;
  int64_t skip = window.offset;
  each_number(db, codec, which, window, [&](int64_t n) {
    if (skip > 0) {
      --skip;
      return true;
    }
    if (static_cast<int64_t>(numbers.size()) < window.limit) numbers.push_back(n);
    return static_cast<int64_t>(numbers.size()) < window.limit;
  });
  return numbers;
}

}  // namespace

base::Result<std::optional<Record>> Reader::get(Kind kind, int64_t workspace, const base::Uuid& id) const {
  return read_guarded(pool_, [&](Connection& db) -> base::Result<std::optional<Record>> {
    const std::optional<int64_t> n = find_number(db, kind, workspace, id);
    if (!n) return std::optional<Record>{};
    return std::optional(std::move(RecordLoader(db, codec_, kind, workspace).load(std::vector{*n}, true).front()));
  });
}

base::Result<bool> Reader::exists(Kind kind, int64_t workspace, const base::Uuid& id) const {
  return read_guarded(pool_, [&](Connection& db) -> base::Result<bool> { return find_number(db, kind, workspace, id).has_value(); });
}

base::Result<std::vector<Record>> Reader::list(const query::Selection& which, const query::Window& window, model::FieldSet fields) const {
  return read_guarded(pool_, [&](Connection& db) -> base::Result<std::vector<Record>> {
    const std::vector<int64_t> numbers = numbers_in(db, codec_, which, window);
    return RecordLoader(db, codec_, which.kind, which.workspace).load(numbers, fields.intersects(model::kPayloadFields));
  });
}

base::Result<int64_t> Reader::count(const query::Selection& which) const {
  return guarded("reading", [&]() -> base::Result<int64_t> {
    const bool by_columns = is_for_columns(which) && is_for_columns_alone(which);
    if (const auto state = by_columns ? columns_.latest(which.project) : nullptr) {
      int64_t rows = 0;
      each_found(*state, which, nullptr, [&](const Chunk&, size_t) { ++rows; });
      return rows;
    }
    return count_by_sql(which);
  });
}

base::Result<int64_t> Reader::count_by_sql(const query::Selection& which) const {
  return read_guarded(pool_, [&](Connection& db) -> base::Result<int64_t> {
    if (which.is_whole_project()) {
      Statement& count = db.prepared(which.kind == Kind::trace ? "SELECT trace_count FROM projects WHERE n = ?1"
                                                               : "SELECT span_count FROM projects WHERE n = ?1");
      ResetGuard guard(count);
      return count.bind(1, which.project).step() ? count.integer(0) : int64_t{0};
    }
    int64_t rows = 0;
    each_number(db, codec_, which, {query::Window::Order::any, std::nullopt, 0, 0}, [&](int64_t) { return ++rows, true; });
    return rows;
  });
}

// Where every row must be looked at to count, the page is found on the way. Where the length is known or the page must be sorted
// for, they are two questions.
base::Result<void> Reader::page(const query::Selection& which, const query::Window& window, model::FieldSet fields, PageSink& sink) const {
  FoundPage found;
  const bool in_one_pass = !which.is_whole_project() && window.sort.empty();
  if (!in_one_pass) {
    const base::Result<int64_t> total = count(which);
    if (!total) return total.error();
    found.total = *total;
  }
  return guarded("reading", [&]() -> base::Result<void> {
    const bool by_columns = in_one_pass && is_for_columns(which);
    if (by_columns) columns_.prepare(which.project);
    ReaderPool::Lease db = pool_.lease();
    const Snapshot snapshot(*db);
    if (!in_one_pass) {
      found.numbers = numbers_in(*db, codec_, which, window);
    } else if (const auto state = by_columns ? columns_.at(which.project, commit_of(*db)) : nullptr) {
      found = find_page(*state, which, window, {*db, codec_, which.kind});
    } else {
      each_number(*db, codec_, which, window, [&](int64_t n) {
        if (found.total >= window.offset && found.total < window.offset + window.limit) found.numbers.push_back(n);
        return ++found.total, true;
      });
    }
    sink.begin(static_cast<int64_t>(found.numbers.size()), found.total);
    RecordLoader loader(*db, codec_, which.kind, which.workspace);
    std::vector<int64_t> some;
    for (auto next = found.numbers.begin(); next != found.numbers.end();) {
      const auto count = std::min<std::ptrdiff_t>(found.numbers.end() - next, kPageRowsAtOnce);
      some.assign(next, next + count);
      next += count;
      std::vector<Record> records = loader.load(some, fields.intersects(model::kPayloadFields));
      sink.add(records);
    }
    return {};
  });
}

base::Result<model::Stats> Reader::stats(const query::Selection& which) const {
  return guarded("reading", [&]() -> base::Result<model::Stats> {
    const bool by_columns = which.is_whole_project() || is_for_columns(which);
    if (by_columns && is_for_columns_alone(which)) {
      if (const auto state = columns_.latest(which.project)) return stats_of_columns(*state, which, nullptr);
    } else if (by_columns) {
      columns_.prepare(which.project);
    }
    ReaderPool::Lease db = pool_.lease();
    const Snapshot snapshot(*db);
    if (const auto state = by_columns ? columns_.at(which.project, commit_of(*db)) : nullptr) {
      const PayloadSource source{*db, codec_, which.kind};
      return stats_of_columns(*state, which, &source);
    }
    return collect_stats(*db, codec_, which);
  });
}

base::Result<std::optional<model::Project>> Reader::project_by_id(int64_t workspace, const base::Uuid& id) const {
  return read_guarded(pool_,
                      [&](Connection& db) -> base::Result<std::optional<model::Project>> { return find_project(db, workspace, id); });
}

base::Result<std::optional<model::Project>> Reader::project_by_name(int64_t workspace, std::string_view name) const {
  return read_guarded(pool_,
                      [&](Connection& db) -> base::Result<std::optional<model::Project>> { return find_project(db, workspace, name); });
}

base::Result<ProjectPage> Reader::projects(int64_t workspace, const ProjectListing& listing) const {
  return read_guarded(pool_, [&](Connection& db) -> base::Result<ProjectPage> { return list_projects(db, workspace, listing); });
}

}  // namespace opik::store::sqlite

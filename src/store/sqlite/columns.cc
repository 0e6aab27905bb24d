#include "store/sqlite/columns.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>

#include "store/sqlite/column_source.h"
#include "store/sqlite/limits.h"

namespace opik::store::sqlite {
namespace {

using model::Kind;
using std::chrono::steady_clock;

constexpr size_t side_of(Kind kind) { return kind == Kind::trace ? 0 : 1; }
constexpr Kind kKinds[2] = {Kind::trace, Kind::span};

void make_unique_sorted(std::vector<int64_t>& numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

// Calls visit(first, last) for runs of numbers that follow each other: each is one walk through the table.
template <class Visit>
void each_run(const std::vector<int64_t>& sorted, Visit&& visit) {
  for (size_t first = 0; first < sorted.size();) {
    size_t last = first;
    while (last + 1 < sorted.size() && sorted[last + 1] == sorted[last] + 1) ++last;
    visit(sorted[first], sorted[last]);
    first = last + 1;
  }
}

size_t rows_of(Connection& db, int64_t project) {
  Statement& count = db.prepared("SELECT trace_count + span_count FROM projects WHERE n = ?1");
  ResetGuard guard(count);
  return count.bind(1, project).step() ? static_cast<size_t>(std::max<int64_t>(count.integer(0), 0)) : 0;
}

}  // namespace

int64_t commit_of(Connection& db) {
  Statement& commit = db.prepared("SELECT last_arrival_us FROM meta");
  ResetGuard guard(commit);
  return commit.step() ? commit.integer(0) : 0;
}

void Columns::Changes::clear() {
  for (auto& side : rows) side.clear();
  entities.clear();
}

// ---- readers

std::shared_ptr<const ColumnState> Columns::latest(int64_t project) {
  prepare(project);
  const std::lock_guard lock(published_mutex_);
  const auto found = published_.find(project);
  if (found == published_.end()) return nullptr;
  found->second.used = steady_clock::now();
  return found->second.versions.back().state;
}

void Columns::prepare(int64_t project) {
  if (bytes_max_ == 0 || is_there(project)) return;
  {
    std::unique_lock lock(mutex_);
    made_.wait(lock, [&] { return !making_.contains(project); });  // by another thread
    if (tables_.contains(project)) return;
    if (const auto refused = refused_.find(project); refused != refused_.end()) {
      if (steady_clock::now() < refused->second) return;
      refused_.erase(refused);
    }
    making_[project];
  }
  const auto done = [&](bool is_made) {
    const std::lock_guard lock(mutex_);
    making_.erase(project);
    if (!is_made) refused_[project] = steady_clock::now() + kColumnsRetryAfter;
    made_.notify_all();
  };
  try {
    done(make(project));
  } catch (...) {
    done(false);
    throw;
  }
}

bool Columns::is_there(int64_t project) {
  const std::lock_guard lock(published_mutex_);
  return published_.contains(project);
}

std::shared_ptr<const ColumnState> Columns::at(int64_t project, int64_t commit) {
  if (bytes_max_ == 0) return nullptr;
  std::unique_lock lock(published_mutex_);
  auto found = published_.find(project);
  if (found == published_.end()) return nullptr;
  // The writer has committed that one and is about to say so.
  if (!published_changed_.wait_for(lock, kColumnsWait, [&] { return applied_ >= commit; })) return nullptr;
  found = published_.find(project);
  if (found == published_.end()) return nullptr;
  found->second.used = steady_clock::now();
  const std::deque<Version>& versions = found->second.versions;
  const auto version = std::find_if(versions.rbegin(), versions.rend(), [&](const Version& v) { return v.commit <= commit; });
  return version == versions.rend() ? nullptr : version->state;
}

size_t Columns::bytes() const {
  const std::lock_guard lock(mutex_);
  return all_bytes();
}

// Reads a project's rows in a transaction of its own, then what was changed meanwhile.
class Columns::Builder {
 public:
  Builder(Connection& db, int64_t project, size_t bytes_max) : db_(db), project_(project), bytes_max_(bytes_max) {}

  // False: too many bytes.
  bool read_all() {
    const Snapshot snapshot(db_);
    commit_ = commit_of(db_);
    for (const Kind kind : kKinds) {
      ColumnSource source(db_, kind, ColumnSource::Which::of_project);
      for (Statement& rows = source.of_project(project_); rows.step();) append(source, kind);
      seal(kind);
      if (bytes_ + names_->bytes() > bytes_max_) return false;
    }
    return true;
  }

  void read_again(const std::vector<int64_t> (&numbers)[2]) {
    const Snapshot snapshot(db_);
    commit_ = commit_of(db_);
    for (const Kind kind : kKinds) {
      ColumnSource source(db_, kind, ColumnSource::Which::by_number);
      each_run(numbers[side_of(kind)], [&](int64_t first, int64_t last) {
        for (int64_t n = first; n <= last; ++n) gone_[side_of(kind)].push_back(n);
        seal(kind);
        for (Statement& rows = source.by_number(first, last); rows.step();) {
          if (source.project() == project_) append(source, kind);
        }
      });
      seal(kind);
    }
  }

  int64_t commit() const { return commit_; }

  void move_into(ColumnTable& table);

 private:
  // What happened, in order: rows that are no more as they were, rows as they are.
  struct Step {
    std::vector<int64_t> gone;
    std::unique_ptr<Chunk> rows;
  };

  void append(ColumnSource& source, Kind kind) {
    std::unique_ptr<Chunk>& open = open_[side_of(kind)];
    if (open == nullptr) open = std::make_unique<Chunk>(kind);
    source.append(*open, *names_);
    if (open->size() >= kChunkRowsMax) seal(kind);
  }
  void seal(Kind kind) {
    const size_t side = side_of(kind);
    if (open_[side] == nullptr && gone_[side].empty()) return;
    if (open_[side] != nullptr) {
      open_[side]->seal();
      bytes_ += open_[side]->bytes();
    }
    steps_[side].push_back({std::move(gone_[side]), std::move(open_[side])});
    gone_[side].clear();
  }

  Connection& db_;
  const int64_t project_;
  const size_t bytes_max_;
  std::shared_ptr<ColumnNames> names_ = std::make_shared<ColumnNames>();
  std::vector<Step> steps_[2];
  std::unique_ptr<Chunk> open_[2];
  std::vector<int64_t> gone_[2];
  size_t bytes_ = 0;
  int64_t commit_ = 0;

  friend class Columns;
};

bool Columns::make(int64_t project) {
  const auto began = steady_clock::now();
  ReaderPool::Lease db = pool_.lease();
  if (!find_room(rows_of(*db, project) * kColumnBytesTypical)) return false;
  Builder builder(*db, project, bytes_max_);
  if (!builder.read_all()) return false;

  std::unique_lock lock(mutex_);
  // While much changes, without holding up the writer; what little is left, with it waiting.
  for (int round = 0; round < kColumnsRounds; ++round) {
    Making& making = making_[project];
    if (making.commit <= builder.commit() || making.rows[0].size() + making.rows[1].size() < kColumnsLastRound) break;
    Making changed = std::exchange(making, {});
    lock.unlock();
    for (auto& numbers : changed.rows) make_unique_sorted(numbers);
    builder.read_again(changed.rows);
    lock.lock();
  }
  Making& left = making_[project];
  for (auto& numbers : left.rows) make_unique_sorted(numbers);
  if (left.commit > builder.commit()) builder.read_again(left.rows);

  const auto free = std::find(numbers_.begin(), numbers_.end(), 0);
  const auto number = static_cast<uint32_t>(free - numbers_.begin()) + 1;
  if (free == numbers_.end()) {
    numbers_.push_back(project);
  } else {
    *free = project;
  }
  Table& table = tables_[project];
  table.columns = std::make_unique<ColumnTable>(number, std::move(builder.names_), places_[0], places_[1]);
  for (const Kind kind : kKinds) {
    for (Builder::Step& step : builder.steps_[side_of(kind)]) {
      for (const int64_t n : step.gone) {
        if (const RowPlaces::Place* place = places_[side_of(kind)].find(n); place != nullptr && place->table == number) {
          table.columns->kill(kind, n, *place);
        }
      }
      if (step.rows != nullptr) table.columns->append(std::move(step.rows));
    }
  }
  publish(project, builder.commit());
  const bool fits = all_bytes() <= bytes_max_;
  const int64_t rows = table.columns->rows();
  const size_t bytes = table.bytes;
  if (!fits) drop(project);
  lock.unlock();
  spdlog::debug("store: columns {} project={} rows={} bytes={} ms={}", fits ? "made" : "do not fit", project, rows, bytes,
                std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - began).count());
  return fits;
}

// Lets go of projects that nobody asked for in a while, longest first, if that makes room.
bool Columns::find_room(size_t bytes) {
  const std::lock_guard lock(mutex_);
  while (all_bytes() + bytes > bytes_max_) {
    const std::optional<int64_t> oldest = least_used(steady_clock::now() - kColumnsRetryAfter);
    if (!oldest) return false;
    drop(*oldest);
  }
  return true;
}

// The project that was asked for the longest ago, if that was before a time.
std::optional<int64_t> Columns::least_used(steady_clock::time_point before) const {
  const std::lock_guard lock(published_mutex_);
  std::optional<int64_t> oldest;
  for (const auto& [project, published] : published_) {
    if (published.used >= before) continue;
    oldest = project;
    before = published.used;
  }
  return oldest;
}

// mutex_ is held, here and below.
void Columns::drop(int64_t project) {
  const auto table = tables_.find(project);
  if (table == tables_.end()) return;
  bytes_ -= table->second.bytes;
  std::replace(numbers_.begin(), numbers_.end(), project, int64_t{0});
  tables_.erase(table);
  if (tables_.empty())
    for (RowPlaces& places : places_) places = RowPlaces{};
  const std::lock_guard lock(published_mutex_);
  published_.erase(project);
}

// For as long as they are too big. Who is let go is not made again at once: else two that do not fit together would take turns.
void Columns::let_go() {
  while (all_bytes() > bytes_max_ && !tables_.empty()) {
    const int64_t project = *least_used(steady_clock::time_point::max());
    spdlog::info("store: columns let go, project={} bytes={} in all={} of {}", project, tables_[project].bytes, all_bytes(), bytes_max_);
    drop(project);
    refused_[project] = steady_clock::now() + kColumnsRetryAfter;
  }
}

void Columns::drop_all() {
  while (!tables_.empty()) drop(tables_.begin()->first);
}

void Columns::publish(int64_t project, int64_t commit) {
  Table& table = tables_[project];
  std::shared_ptr<const ColumnState> state = table.columns->state();
  bytes_ -= table.bytes;
  table.bytes = table.columns->bytes();
  bytes_ += table.bytes;
  const std::lock_guard lock(published_mutex_);
  Published& published = published_[project];
  if (published.versions.empty()) published.used = steady_clock::now();
  published.versions.push_back({commit, std::move(state)});
  if (published.versions.size() > kColumnVersions) published.versions.pop_front();
}

// ---- the writer

void Columns::watch(Connection& writer) {
  if (bytes_max_ == 0) return;
  sqlite3_update_hook(
      writer.handle(),
      [](void* changes, int, const char*, const char* table, sqlite3_int64 n) {
        auto& rows = static_cast<Changes*>(changes)->rows;
        if (std::strcmp(table, "spans") == 0) rows[1].push_back(n);
        if (std::strcmp(table, "traces") == 0) rows[0].push_back(n);
      },
      &changes_);
  const int64_t commit = commit_of(writer);
  const std::lock_guard lock(published_mutex_);
  applied_ = commit;
}

void Columns::touch(Kind kind, int64_t workspace, const base::Uuid& id) {
  if (bytes_max_ != 0) changes_.entities.push_back({kind, workspace, id});
}

void Columns::rolled_back() { changes_.clear(); }

void Columns::committed(Connection& writer, int64_t commit) {
  if (bytes_max_ == 0) return;
  const std::lock_guard lock(mutex_);
  if (!tables_.empty() || !making_.empty()) {
    try {
      for (const Changes::Entity& entity : changes_.entities) {
        Statement& find = writer.prepared(entity.kind == Kind::trace ? "SELECT n FROM traces WHERE workspace_n = ?1 AND id = ?2"
                                                                     : "SELECT n FROM spans WHERE workspace_n = ?1 AND id = ?2");
        ResetGuard guard(find);
        if (find.bind(1, entity.workspace).bind(2, entity.id).step()) changes_.rows[side_of(entity.kind)].push_back(find.integer(0));
      }
      std::vector<int64_t> touched;
      for (const Kind kind : kKinds) {
        std::vector<int64_t>& numbers = changes_.rows[side_of(kind)];
        make_unique_sorted(numbers);
        if (!tables_.empty()) apply(writer, kind, numbers, touched);
        for (auto& [project, making] : making_) {
          making.rows[side_of(kind)].insert(making.rows[side_of(kind)].end(), numbers.begin(), numbers.end());
          making.commit = commit;
        }
      }
      make_unique_sorted(touched);
      for (const int64_t project : touched) publish(project, commit);
      let_go();
    } catch (const SqlError& error) {
      // What was committed stays committed; the columns are made anew.
      spdlog::warn("store: columns let go, reading failed reason=\"{}\"", error.what());
      drop_all();
    }
  }
  changes_.clear();
  {
    const std::lock_guard published(published_mutex_);
    applied_ = commit;
  }
  published_changed_.notify_all();
}

void Columns::apply(Connection& writer, Kind kind, std::vector<int64_t>& numbers, std::vector<int64_t>& touched) {
  RowPlaces& places = places_[side_of(kind)];
  for (const int64_t n : numbers) {
    const RowPlaces::Place* place = places.find(n);
    if (place == nullptr) continue;
    const int64_t project = numbers_[place->table - 1];
    tables_[project].columns->kill(kind, n, *place);
    touched.push_back(project);
  }
  ColumnSource source(writer, kind, ColumnSource::Which::by_number);
  std::map<int64_t, std::unique_ptr<Chunk>> chunks;
  each_run(numbers, [&](int64_t first, int64_t last) {
    for (Statement& rows = source.by_number(first, last); rows.step();) {
      const auto table = tables_.find(source.project());
      if (table == tables_.end()) continue;
      std::unique_ptr<Chunk>& chunk = chunks[table->first];
      if (chunk == nullptr) chunk = std::make_unique<Chunk>(kind);
      source.append(*chunk, table->second.columns->names());
      if (chunk->size() < kChunkRowsMax) continue;
      chunk->seal();
      table->second.columns->append(std::move(chunk));
    }
  });
  for (auto& [project, chunk] : chunks) {
    if (chunk != nullptr) {
      chunk->seal();
      tables_[project].columns->append(std::move(chunk));
    }
    touched.push_back(project);
  }
}

}  // namespace opik::store::sqlite

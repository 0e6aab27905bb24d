#pragma once
// Typed columns in memory, beside the database: what SQL cannot do in time (group a million rows, exact percentiles, the length of
// a filtered list) is answered from them. They are a copy of the narrow rows, nothing of its own: made per project when first
// asked for, kept current by the writer, gone with the process, and never bigger than `bytes_max` in all: when they have grown too big,
// those go that nobody asked for the longest. A project that does not fit is answered by SQL: later, and the same.
//
//   Columns columns(pool, 256 << 20);
//   if (auto state = columns.latest(project)) ...               // one committed state
//
//   columns.prepare(project);                                   // beside rows read by SQL: the state that the transaction sees
//   Snapshot snapshot(db);
//   if (auto state = columns.at(project, commit_of(db))) ...
//
// The writer tells which rows a transaction touched (an update hook sees them all) and, once it is committed, the columns read those
// rows again. Every commit has a number, meta.last_arrival_us, which rises with each; so a reader can ask for the state that belongs to
// what its own transaction sees. No reader waits for the writer's work but for the moment between a commit and its columns; the
// writer waits for no query, only while a project that is being made is joined to the others.
//
// Threads: the writer's functions on the writer's thread, the others on any.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "store/sqlite/column_table.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/reader_pool.h"

namespace opik::store::sqlite {

// The number of the last commit that a connection's transaction sees.
int64_t commit_of(Connection& db);

class Columns {
 public:
  // 0 bytes: there are none, every question is SQL's.
  Columns(ReaderPool& pool, size_t bytes_max) : pool_(pool), bytes_max_(bytes_max) {}

  // ---- readers

  // Nothing: it does not fit. Throws SqlError where reading fails.
  std::shared_ptr<const ColumnState> latest(int64_t project);
  // Makes the columns of a project, if need be. Outside of a transaction.
  void prepare(int64_t project);
  // Nothing as well if the state of that commit is gone or its project was not prepared.
  std::shared_ptr<const ColumnState> at(int64_t project, int64_t commit);
  // What they take now.
  size_t bytes() const;

  // ---- the writer

  // Sees every change of a row from now on.
  void watch(Connection& writer);
  // What is said of a trace or span in other tables (scores, verdicts) is not seen by itself.
  void touch(model::Kind kind, int64_t workspace, const base::Uuid& id);
  void rolled_back();
  void committed(Connection& writer, int64_t commit);

 private:
  struct Changes {
    std::vector<int64_t> rows[2];  // n of traces, of spans
    struct Entity {
      model::Kind kind;
      int64_t workspace;
      base::Uuid id;
    };
    std::vector<Entity> entities;
    void clear();
  };
  // A project that is being made: what was changed since.
  struct Making {
    std::vector<int64_t> rows[2];
    int64_t commit = 0;  // of the last change
  };
  struct Version {
    int64_t commit = 0;
    std::shared_ptr<const ColumnState> state;  // until the next version's commit
  };
  struct Published {
    std::deque<Version> versions;
    std::chrono::steady_clock::time_point used;
  };

  class Builder;

  size_t all_bytes() const { return bytes_ + places_[0].bytes() + places_[1].bytes(); }
  bool is_there(int64_t project);
  bool make(int64_t project);
  bool find_room(size_t bytes);
  std::optional<int64_t> least_used(std::chrono::steady_clock::time_point before) const;
  void let_go();
  void drop(int64_t project);
  void drop_all();
  void publish(int64_t project, int64_t commit);
  void apply(Connection& writer, model::Kind kind, std::vector<int64_t>& numbers, std::vector<int64_t>& touched);

  ReaderPool& pool_;
  const size_t bytes_max_;

  Changes changes_;  // of the writer's transaction; its thread only

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable made_;
  RowPlaces places_[2];
  struct Table {
    std::unique_ptr<ColumnTable> columns;
    size_t bytes = 0;
  };
  std::map<int64_t, Table> tables_;  // by project
  std::vector<int64_t> numbers_;     // a table's number - 1 -> its project; 0: free
  std::map<int64_t, Making> making_;
  std::map<int64_t, std::chrono::steady_clock::time_point> refused_;  // projects that did not fit, until when
  size_t bytes_ = 0;                                                  // of the tables

  mutable std::mutex published_mutex_;  // of what follows; never held for long
  std::condition_variable published_changed_;
  std::map<int64_t, Published> published_;
  int64_t applied_ = 0;  // the last commit that the columns know
};

}  // namespace opik::store::sqlite

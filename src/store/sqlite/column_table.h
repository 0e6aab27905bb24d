#pragma once
// The columns of one project, as a writer keeps them and as readers see them.
//
// A reader holds a ColumnState: chunks that never change and, per chunk, which of its rows are dead. The writer answers a change by
// a new state: changed rows are dead where they were and live on in a new chunk; small chunks are joined, so that there are few,
// and those of which most is dead are swept. What no reader holds any more goes.
//
// ColumnState: any thread. ColumnTable: under the lock of Columns.

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "model/sum.h"
#include "store/sqlite/column_chunk.h"

namespace opik::store::sqlite {

struct ColumnNames {
  Strings strings;
  TraceNumbers traces;
  UsageNames usage;
  size_t bytes() const { return strings.bytes() + traces.bytes() + usage.bytes(); }
};

// A chunk and which of its rows are dead: nothing if none is.
struct LiveChunk {
  std::shared_ptr<const Chunk> rows;
  std::shared_ptr<const std::vector<uint8_t>> dead;
  uint32_t dead_count = 0;

  bool is_dead(size_t row) const { return dead != nullptr && (*dead)[row] != 0; }
  size_t live_count() const { return rows->size() - dead_count; }
};

// What the spans of each trace of a project come to, by the trace's number.
struct SpanTotals {
  std::vector<uint32_t> span_count;
  std::vector<uint32_t> llm_span_count;
  std::vector<double> cost;
  // Per name of usage (a number of Strings) tokens, and whether any span of the trace counts them.
  struct Tokens {
    uint32_t name = 0;
    std::vector<int64_t> count;
    std::vector<uint8_t> is_counted;
  };
  std::vector<Tokens> usage;
  const Tokens* find(uint32_t name) const;
};

// Totals as they are added up, a chunk after the other.
struct SpanTotalsSoFar {
  SpanTotals totals;              // without cost
  std::vector<model::Sum> costs;  // by the trace's number
  uint32_t llm = Strings::kNone;  // the number of that type, once a span had it
};

// What the totals of the chunks come to that rest: the first of a project's, large and seldom changed. Handed on from one state to the
// next, so that a commit does not make readers count all spans anew. Two are kept: one of chunks that are joined with no other any more,
// and a longer one that also holds those that last for some commits.
class RestingTotals {
 public:
  struct Base {
    std::vector<LiveChunk> chunks;
    SpanTotalsSoFar so_far;
  };
  // A chunk of base i has at least so many rows.
  static constexpr std::array<size_t, 2> kRowsLeast{kChunkRowsMax / 2, kChunkRowsMax / 32};

  // The longest that `chunks` begin with; null if there is none.
  std::shared_ptr<const Base> of(const std::vector<LiveChunk>& chunks) const;
  void keep(size_t i, std::shared_ptr<const Base> base);

 private:
  mutable std::mutex mutex_;
  std::array<std::shared_ptr<const Base>, kRowsLeast.size()> bases_;
};

// One committed state. Shared because readers hold it while the writer goes on.
class ColumnState {
 public:
  // `resting`: of the states before; may be null.
  ColumnState(std::shared_ptr<const ColumnNames> names, std::vector<LiveChunk> traces, std::vector<LiveChunk> spans,
              std::shared_ptr<RestingTotals> resting = nullptr);

  const std::vector<LiveChunk>& chunks(model::Kind kind) const { return kind == model::Kind::trace ? traces_ : spans_; }
  int64_t rows(model::Kind kind) const { return kind == model::Kind::trace ? trace_rows_ : span_rows_; }
  const ColumnNames& names() const { return *names_; }
  uint32_t string_count() const { return string_count_; }  // numbers below it may be looked up
  uint32_t trace_count() const { return trace_count_; }    // likewise
  // Made when first asked for.
  const SpanTotals& span_totals() const;

 private:
  const std::shared_ptr<const ColumnNames> names_;
  const std::vector<LiveChunk> traces_;
  const std::vector<LiveChunk> spans_;
  const uint32_t string_count_;
  const uint32_t trace_count_;
  int64_t trace_rows_ = 0;
  int64_t span_rows_ = 0;
  const std::shared_ptr<RestingTotals> resting_;
  mutable std::once_flag totals_made_;
  mutable SpanTotals totals_;
};

// Where each row is, by its n: for all projects together, as the rows of all are numbered together.
class RowPlaces {
 public:
  struct Place {
    uint32_t table = 0;  // 0: nowhere
    uint32_t row = 0;
    uint64_t chunk = 0;  // its serial
  };
  Place* find(int64_t n);
  void set(int64_t n, const Place& place);
  size_t bytes() const { return pages_.size() * sizeof(pages_[0]) + page_count_ * kPageRows * sizeof(Place); }

 private:
  static constexpr size_t kPageRows = 1024;
  std::vector<std::unique_ptr<Place[]>> pages_;
  size_t page_count_ = 0;
};

class ColumnTable {
 public:
  // `number`: its name in RowPlaces, not 0.
  ColumnTable(uint32_t number, std::shared_ptr<ColumnNames> names, RowPlaces& traces, RowPlaces& spans);
  ~ColumnTable();
  ColumnTable(const ColumnTable&) = delete;

  ColumnNames& names() { return *names_; }
  // Rows that are new or were changed, sealed; those that are there in an older form must be killed first. Empty chunks are welcome.
  void append(std::unique_ptr<Chunk> rows);
  void kill(model::Kind kind, int64_t n, RowPlaces::Place place);
  // Joins and sweeps; then what readers are to see.
  std::shared_ptr<const ColumnState> state();
  size_t bytes() const;
  int64_t rows() const;

 private:
  struct Part {
    std::shared_ptr<const Chunk> rows;
    std::shared_ptr<std::vector<uint8_t>> dead;
    uint32_t dead_count = 0;
    uint64_t serial = 0;
    bool is_dead_shared = false;  // readers see `dead`: it must be copied before it is changed
    size_t live_count() const { return rows->size() - dead_count; }
  };
  struct Side {
    RowPlaces& places;
    std::vector<Part> parts;  // by serial
  };

  Side& side(model::Kind kind) { return kind == model::Kind::trace ? traces_ : spans_; }
  void tidy(Side& side);
  void join(Side& side, size_t first, size_t last);
  void settle(Side& side, const Part& part);
  static std::vector<LiveChunk> publish(Side& side);

  const uint32_t number_;
  const std::shared_ptr<ColumnNames> names_;  // readers read on while they hold a state
  const std::shared_ptr<RestingTotals> resting_ = std::make_shared<RestingTotals>();
  Side traces_;
  Side spans_;
  uint64_t next_serial_ = 1;
};

}  // namespace opik::store::sqlite

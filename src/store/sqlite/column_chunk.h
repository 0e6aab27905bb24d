#pragma once
// Rows of traces or spans as columns: what lists are filtered by and statistics are made of, 85 bytes a span. Texts are numbers of
// a Strings, traces numbers of a TraceNumbers; both belong to the project.
//
// A chunk is filled, sealed and then only read, by any thread. What was changed since is in a later chunk, and dead here
// (column_table.h).

#include <cstdint>
#include <memory>
#include <vector>

#include "base/uuid.h"
#include "model/field.h"
#include "store/sqlite/column_strings.h"
#include "store/sqlite/packed_column.h"

namespace opik::store::sqlite {

inline constexpr uint32_t kChunkRowsMax = 16 * 1024;

using TraceNumbers = Dictionary<base::Uuid, base::Uuid, base::UuidHash>;

// Several values per row: those of row i are values[ends[i - 1]] to values[ends[i]].
template <class Values>
struct Lists {
  PackedColumn<uint32_t> ends;
  Values values;

  void close_row() { ends.push_back(static_cast<uint32_t>(values.size())); }
  size_t first_of(size_t row) const { return row == 0 ? 0 : ends[row - 1]; }
  size_t size_of(size_t row) const { return ends[row] - first_of(row); }
  const auto* begin_of(size_t row) const { return values.data() + first_of(row); }
  const auto* end_of(size_t row) const { return values.data() + ends[row]; }
};

struct ScoreValue {
  uint32_t name = 0;  // of Strings
  uint32_t unused = 0;
  int64_t nano = 0;
};

struct Chunk {
  explicit Chunk(model::Kind its_kind) : kind(its_kind) {}

  const model::Kind kind;
  PackedColumn<int64_t> n;
  std::vector<base::Uuid> id;
  PackedColumn<uint32_t> trace;  // of a trace its own
  PackedColumn<int64_t> start_ns;
  PackedColumn<int64_t> end_ns;  // kNoTime: none
  PackedColumn<int64_t> created_us;
  PackedColumn<int64_t> updated_us;
  PackedColumn<double> ttft_ms;  // NaN: none
  PackedColumn<uint32_t> name;
  PackedColumn<uint32_t> tags;  // the JSON text
  PackedColumn<uint32_t> source;
  PackedColumn<uint32_t> error_type;      // kNone: no error
  PackedColumn<uint8_t> payload;          // of the bits below
  Lists<std::vector<ScoreValue>> scores;  // one for each name and author
  // Of traces.
  PackedColumn<uint32_t> thread;
  PackedColumn<uint32_t> failed_checks;  // of guardrails
  // Of spans.
  std::vector<base::Uuid> parent;  // zeros: none
  PackedColumn<uint32_t> type;
  PackedColumn<uint32_t> model;
  PackedColumn<uint32_t> provider;
  PackedColumn<double> cost;           // NaN: none
  PackedColumn<uint32_t> usage_names;  // the names that `usage` counts, in order: a number of the project's UsageNames
  Lists<PackedColumn<int64_t>> usage;

  static constexpr uint8_t kHasInput = 1;
  static constexpr uint8_t kHasOutput = 2;
  static constexpr uint8_t kHasMetadata = 4;

  size_t size() const { return n.size(); }
  size_t bytes() const;
  // What `from` says of a row, behind the others.
  void append_row(const Chunk& from, size_t row);
  // No rows after it.
  void seal();

 private:
  // Calls visit(column of this, column of other) for every column with one value per row that the kind has.
  template <class Self, class Other, class Visit>
  static void each_column(Self& self, Other& other, Visit&& visit);
};

// Which names a span's usage has: mostly the same few for all of a project.
class UsageNames {
 public:
  // `names`: numbers of Strings, in order.
  uint32_t number_of(const std::vector<uint32_t>& names) {
    return lists_.number_of(std::string_view(reinterpret_cast<const char*>(names.data()), names.size() * sizeof(uint32_t)));
  }
  // The names of a number, as many as its spans have values.
  const uint32_t* operator[](uint32_t number) const { return reinterpret_cast<const uint32_t*>(lists_[number].data()); }
  size_t bytes() const { return lists_.bytes(); }

 private:
  Strings lists_;  // bytes of four-byte numbers; std::string aligns them well enough
};

}  // namespace opik::store::sqlite

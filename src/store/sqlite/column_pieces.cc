#include "store/sqlite/column_pieces.h"

#include "store/sqlite/column_source.h"
#include "store/sqlite/limits.h"
#include "store/sqlite/select.h"

namespace opik::store::sqlite {
namespace {

using model::Kind;

// Some rows, and the spans of those that are traces.
std::shared_ptr<const ColumnState> read_piece(Connection& db, const query::Selection& which, const std::vector<int64_t>& numbers,
                                              const std::shared_ptr<ColumnNames>& names) {
  auto rows = std::make_shared<Chunk>(which.kind);
  ColumnSource source(db, which.kind, ColumnSource::Which::by_number);
  for (const int64_t n : numbers) {
    Statement& found = source.by_number(n, n);
    ResetGuard guard(found);
    if (found.step()) source.append(*rows, *names);
  }
  rows->seal();
  std::vector<LiveChunk> of_kind{{rows, nullptr, 0}};
  if (which.kind == Kind::span) return std::make_shared<const ColumnState>(names, std::vector<LiveChunk>{}, std::move(of_kind));

  auto spans = std::make_shared<Chunk>(Kind::span);
  ColumnSource span_source(db, Kind::span, ColumnSource::Which::of_trace);
  for (const base::Uuid& id : rows->id) {
    for (Statement& found = span_source.of_trace(which.project, id); found.step();) span_source.append(*spans, *names);
  }
  spans->seal();
  return std::make_shared<const ColumnState>(names, std::move(of_kind), std::vector<LiveChunk>{{spans, nullptr, 0}});
}

}  // namespace

void each_piece_row(const ColumnState* state, const query::Selection& which, const PayloadSource& source,
                    const std::function<void(const ColumnState&, const Chunk&, size_t)>& visit) {
  if (state != nullptr) {
    each_found(*state, which, &source, [&](const Chunk& rows, size_t row) { visit(*state, rows, row); });
    return;
  }
  const auto names = std::make_shared<ColumnNames>();  // of all pieces, so that a text keeps its number
  std::vector<int64_t> numbers;
  const auto flush = [&] {
    const std::shared_ptr<const ColumnState> piece = read_piece(source.db, which, numbers, names);
    numbers.clear();
    for (const LiveChunk& chunk : piece->chunks(which.kind)) {
      for (size_t row = 0; row < chunk.rows->size(); ++row) visit(*piece, *chunk.rows, row);
    }
  };
  each_number(source.db, source.codec, which, {query::Window::Order::any, std::nullopt, 0, 0}, [&](int64_t n) {
    numbers.push_back(n);
    if (numbers.size() == kPieceRows) flush();
    return true;
  });
  flush();
}

}  // namespace opik::store::sqlite

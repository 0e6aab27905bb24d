#include "store/sqlite/column_select.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "store/sqlite/filter_sql.h"
#include "store/sqlite/search_text.h"
#include "store/sqlite/select.h"

namespace opik::store::sqlite {
namespace {

using model::Kind;
using query::Condition;
using query::Operand;
using query::Operator;
using query::Window;

// What columns left over, asked of one row after the other.
class Remainder {
 public:
  Remainder(const PayloadSource& source, const query::Filter& rest, std::string_view search) : source_(source), search_(search) {
    if (rest.empty()) return;
    const std::string condition = filter_sql(FilteredRows::of(source), rest, with_);
    n_ = with_.size() + 1;
    statement_.emplace(source.db.handle(), fmt::format("SELECT 1 FROM {} e WHERE e.n = ?{}{}", tables_of(source.kind).rows, n_, condition));
    with_.bind(*statement_);
  }

  bool holds(int64_t n) {
    if (statement_) {
      ResetGuard guard(*statement_);
      if (!statement_->bind(n_, n).step()) return false;
    }
    return search_.is_empty() || search_.matches(source_.kind, load_row(source_.db, source_.codec, source_.kind, n, true));
  }

 private:
  const PayloadSource& source_;
  Parameters with_;
  std::optional<Statement> statement_;
  int n_ = 0;  // its parameter
  const SearchText search_;
};

struct RowAt {
  const Chunk* rows = nullptr;
  uint32_t row = 0;
};

// Calls visit(RowAt) for every row, by ascending n as far as chunks follow it: payloads lie in that order too.
template <class Visit>
void each_row_found(const ColumnState& state, const query::Selection& which, const std::optional<base::Uuid>& before,
                    const PayloadSource* source, Visit&& visit) {
  const ColumnFilter filter(state, which, before);
  std::optional<Remainder> remainder;
  if (!filter.rest().empty() || !which.search.empty()) remainder.emplace(*source, filter.rest(), which.search);
  std::vector<uint8_t> keep;
  std::vector<uint32_t> candidates;
  for (const LiveChunk& chunk : state.chunks(which.kind)) {
    filter.test(chunk, keep);
    const Chunk& rows = *chunk.rows;
    if (!remainder) {
      for (uint32_t row = 0; row < keep.size(); ++row) {
        if (keep[row] != 0) visit(RowAt{&rows, row});
      }
      continue;
    }
    candidates.clear();
    for (uint32_t row = 0; row < keep.size(); ++row) {
      if (keep[row] != 0) candidates.push_back(row);
    }
    std::sort(candidates.begin(), candidates.end(), [&](uint32_t a, uint32_t b) { return rows.n[a] < rows.n[b]; });
    for (const uint32_t row : candidates) {
      if (remainder->holds(rows.n[row])) visit(RowAt{&rows, row});
    }
  }
}

// The first so many rows in an order, of rows that come in any: a heap whose top is the last of them.
template <class ComesBefore>
class FirstRows {
 public:
  FirstRows(size_t wanted, ComesBefore comes_before) : wanted_(wanted), comes_before_(std::move(comes_before)) {}

  void offer(const RowAt& row) {
    if (rows_.size() == wanted_) {
      if (wanted_ == 0 || !comes_before_(row, rows_.front())) return;
      std::pop_heap(rows_.begin(), rows_.end(), comes_before_);
      rows_.back() = row;
    } else {
      rows_.push_back(row);
    }
    std::push_heap(rows_.begin(), rows_.end(), comes_before_);
  }
  std::vector<RowAt> take() {
    std::sort_heap(rows_.begin(), rows_.end(), comes_before_);
    return std::move(rows_);
  }

 private:
  const size_t wanted_;
  const ComesBefore comes_before_;
  std::vector<RowAt> rows_;
};

bool is_one_id(const Condition& condition) {
  return (condition.operand == Operand::trace_id || condition.operand == Operand::id) && condition.op == Operator::equal;
}

}  // namespace

bool is_for_columns(const query::Selection& which) {
  if (which.is_whole_project() || which.trace_id) return false;
  return std::none_of(which.filter.conditions.begin(), which.filter.conditions.end(), is_one_id);
}

bool is_for_columns_alone(const query::Selection& which) {
  return which.search.empty() && std::all_of(which.filter.conditions.begin(), which.filter.conditions.end(),
                                             [&](const Condition& condition) { return ColumnFilter::answers(which.kind, condition); });
}

void each_found(const ColumnState& state, const query::Selection& which, const PayloadSource* source,
                const std::function<void(const Chunk&, size_t)>& visit) {
  each_row_found(state, which, std::nullopt, source, [&](const RowAt& at) { visit(*at.rows, at.row); });
}

FoundPage find_page(const ColumnState& state, const query::Selection& which, const Window& window, const PayloadSource& source) {
  const bool is_span_listing = which.kind == Kind::span && window.order == Window::Order::listing;
  const auto& traces = state.names().traces;
  const auto comes_before = [&traces, is_span_listing](const RowAt& a, const RowAt& b) {
    if (!is_span_listing) return a.rows->id[a.row] > b.rows->id[b.row];
    const uint32_t trace_a = a.rows->trace[a.row];
    const uint32_t trace_b = b.rows->trace[b.row];
    if (trace_a != trace_b) return traces[trace_a] > traces[trace_b];
    return std::tie(a.rows->parent[a.row], a.rows->id[a.row]) > std::tie(b.rows->parent[b.row], b.rows->id[b.row]);
  };
  FoundPage page;
  const size_t offset = static_cast<size_t>(window.offset);
  const size_t wanted = std::min(offset + static_cast<size_t>(window.limit), static_cast<size_t>(state.rows(which.kind)));
  FirstRows first(wanted, comes_before);
  each_row_found(state, which, window.before, &source, [&](const RowAt& at) {
    ++page.total;
    first.offer(at);
  });
  const std::vector<RowAt> rows = first.take();
  for (size_t i = offset; i < rows.size(); ++i) page.numbers.push_back(rows[i].rows->n[rows[i].row]);
  return page;
}

}  // namespace opik::store::sqlite

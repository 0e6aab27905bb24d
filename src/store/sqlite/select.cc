#include "store/sqlite/select.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "store/sqlite/filter_sql.h"
#include "store/sqlite/search_text.h"

namespace opik::store::sqlite {
namespace {

using model::Kind;
using query::Window;

constexpr std::string_view kLeastId{"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16};
constexpr std::string_view kGreatestId{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16};

// One text per kind, order and shape of condition; parameters carry everything that comes from a request.
//   ?1 project   ?2 least id   ?3 greatest id   ?4 trace_id   ?5 type
//
// Which index serves is said, not guessed: left to itself, SQLite walks a whole project by id to save the sorting of one trace.
std::string numbers_sql(const query::Selection& which, Window::Order order) {
  const bool is_trace = which.kind == Kind::trace;
  const bool is_span_listing = !is_trace && order == Window::Order::listing;
  const char* index = is_trace ? "traces_by_project" : which.trace_id || is_span_listing ? "spans_by_trace" : "spans_by_project";
  std::string sql = fmt::format("SELECT n FROM {} INDEXED BY {} WHERE project_n = ?1", tables_of(which.kind).rows, index);
  if (which.trace_id) sql += " AND trace_id = ?4";
  sql += " AND id BETWEEN ?2 AND ?3";
  if (which.type) sql += " AND type = ?5";
  if (order == Window::Order::any) return sql;
  return sql + (is_span_listing ? " ORDER BY trace_id DESC, parent_span_id DESC, id DESC" : " ORDER BY id DESC");
}

bool is_one_trace(const query::Condition& condition) {
  return condition.operand == query::Operand::trace_id && condition.op == query::Operator::equal;
}

// The greatest id that is less than `id`; none before the least.
std::optional<std::string> predecessor(std::string_view id) {
  std::string bytes(id);
  for (size_t i = bytes.size(); i-- > 0;) {
    if (bytes[i]-- != '\0') return bytes;
  }
  return std::nullopt;
}

// What has filters or keys to sort by is a text of its own each time, made and forgotten. Without keys the indexes give the order,
// and rows are looked at only until the visitor has enough.
void each_filtered_number(Connection& db, const PayloadCodec& codec, const query::Selection& which, const Window& window,
                          std::string_view greatest, const std::function<bool(int64_t)>& visit) {
  const bool is_trace = which.kind == Kind::trace;
  const bool is_span_listing = !is_trace && window.order == Window::Order::listing && window.sort.empty();
  const bool is_of_trace = which.trace_id || std::any_of(which.filter.conditions.begin(), which.filter.conditions.end(), is_one_trace);
  const char* index = is_trace ? "traces_by_project" : is_of_trace || is_span_listing ? "spans_by_trace" : "spans_by_project";
  const PayloadSource source{db, codec, which.kind};
  Parameters with;
  std::string sql =
      fmt::format("SELECT e.n FROM {} e INDEXED BY {} WHERE e.project_n = {} AND e.id BETWEEN {} AND {}", tables_of(which.kind).rows, index,
                  with.add(which.project), with.add_blob(which.id_from ? which.id_from->bytes() : kLeastId), with.add_blob(greatest));
  if (which.trace_id) sql += " AND e.trace_id = " + with.add_blob(which.trace_id->bytes());
  if (which.type) sql += " AND e.type = " + with.add(*which.type);
  sql += filter_sql(FilteredRows::of(source), which.filter, with);
  if (!window.sort.empty()) {
    sql += " ORDER BY " + sort_sql(FilteredRows::of(source), window.sort, with) + "e.id DESC";
    // Told how many are wanted, SQLite keeps no more while it sorts.
    if (which.search.empty()) sql += " LIMIT " + with.add(window.offset + window.limit);
  } else if (window.order != Window::Order::any) {
    sql += is_span_listing ? " ORDER BY e.trace_id DESC, e.parent_span_id DESC, e.id DESC" : " ORDER BY e.id DESC";
  }
  Statement numbers(db.handle(), sql);
  with.bind(numbers);
  const SearchText search(which.search);
  while (numbers.step()) {
    const int64_t n = numbers.integer(0);
    if (!search.is_empty() && !search.matches(which.kind, load_row(db, codec, which.kind, n, true))) continue;
    if (!visit(n)) return;
  }
}

}  // namespace

void each_number(Connection& db, const PayloadCodec& codec, const query::Selection& which, const Window& window,
                 const std::function<bool(int64_t)>& visit) {
  std::string greatest(which.id_to ? which.id_to->bytes() : kGreatestId);
  if (window.before) {
    const std::optional<std::string> last = predecessor(window.before->bytes());
    if (!last) return;
    greatest = std::min(greatest, *last);
  }
  if (!which.filter.empty() || !window.sort.empty()) return each_filtered_number(db, codec, which, window, greatest, visit);
  Statement& numbers = db.prepared(numbers_sql(which, window.order));
  ResetGuard guard(numbers);
  numbers.bind(1, which.project).bind_blob(2, which.id_from ? which.id_from->bytes() : kLeastId).bind_blob(3, greatest);
  if (which.trace_id) numbers.bind(4, *which.trace_id);
  if (which.type) numbers.bind_text(5, *which.type);

  const SearchText search(which.search);
  while (numbers.step()) {
    const int64_t n = numbers.integer(0);
    if (!search.is_empty() && !search.matches(which.kind, load_row(db, codec, which.kind, n, true))) continue;
    if (!visit(n)) return;
  }
}

namespace {

constexpr const char* kNoRow = "an index names a row that is not there";

Row read_whole_row(const Statement& rows, const PayloadCodec& codec, Kind kind, bool with_payload) {
  Row row = read_row(rows, kind);
  if (!with_payload) return row;
  decode_record(codec.decompress(rows.blob(payload_column(kind))), row.shown);
  if (!row.facts.fit(row.shown)) {
    throw SqlError(SQLITE_CORRUPT,
                   fmt::format("the payload of {} {} is not the one that its row describes", model::kind_name(kind), row.id.text()));
  }
  return row;
}

}  // namespace

Row load_row(Connection& db, const PayloadCodec& codec, Kind kind, int64_t n, bool with_payload) {
  Statement& find = db.prepared(with_payload ? row_sql(kind).select_one_with_payload : row_sql(kind).select_one);
  ResetGuard guard(find);
  if (!find.bind(1, n).step()) throw SqlError(SQLITE_CORRUPT, kNoRow);
  return read_whole_row(find, codec, kind, with_payload);
}

void each_row(Connection& db, const PayloadCodec& codec, Kind kind, const std::vector<int64_t>& numbers, bool with_payload,
              const std::function<void(size_t, Row)>& visit) {
  std::vector<size_t> ascending(numbers.size());
  std::iota(ascending.begin(), ascending.end(), size_t{0});
  std::sort(ascending.begin(), ascending.end(), [&](size_t a, size_t b) { return numbers[a] < numbers[b]; });
  const std::string wanted = fmt::format("[{}]", fmt::join(numbers, ","));
  Statement& rows = db.prepared(with_payload ? row_sql(kind).select_many_with_payload : row_sql(kind).select_many);
  ResetGuard guard(rows);
  rows.bind_text(1, wanted);
  for (size_t position : ascending) {
    if (!rows.step() || rows.integer(0) != numbers[position]) throw SqlError(SQLITE_CORRUPT, kNoRow);
    visit(position, read_whole_row(rows, codec, kind, with_payload));
  }
}

}  // namespace opik::store::sqlite

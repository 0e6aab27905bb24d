#include "store/sqlite/thread_select.h"

#include <fmt/format.h>

#include <unordered_map>

#include "codec/decode.h"
#include "store/sqlite/comments.h"
#include "store/sqlite/filter_sql.h"
#include "store/sqlite/scores.h"
#include "store/sqlite/search_text.h"
#include "store/sqlite/select.h"

namespace opik::store::sqlite {
namespace {

using model::Field;
using model::Kind;
using query::Window;

constexpr std::string_view kLeastId{"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16};
constexpr std::string_view kGreatestId{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16};

// Threads with a trace in the range. Mostly the bounds of a thread's ids tell.
std::string range_sql(const ThreadSelection& which, Parameters& with) {
  if (!which.id_from && !which.id_to) return {};
  const std::string from = with.add_blob(which.id_from ? which.id_from->bytes() : kLeastId);
  const std::string to = with.add_blob(which.id_to ? which.id_to->bytes() : kGreatestId);
  return fmt::format(
      " AND (e.greatest_trace_id BETWEEN {0} AND {1} OR e.least_trace_id BETWEEN {0} AND {1} OR (e.least_trace_id < {0} AND "
      "e.greatest_trace_id > {1} AND EXISTS (SELECT 1 FROM traces t INDEXED BY traces_by_thread WHERE t.project_n = e.project_n AND "
      "t.thread_id = e.thread_id AND t.id BETWEEN {0} AND {1})))",
      from, to);
}

// What a search looks into.
Row search_row(const model::Thread& thread) {
  Row row;
  row.id = thread.id;
  row.shown[Field::thread_id] = thread.thread_id;
  row.shown[Field::input] = thread.first_message;
  row.shown[Field::output] = thread.last_message;
  row.shown[Field::tags] = thread.tags;
  return row;
}

}  // namespace

void each_thread_number(Connection& db, const PayloadCodec& codec, const ThreadSelection& which, const Window& window,
                        const std::function<bool(int64_t)>& visit) {
  const PayloadSource payloads{db, codec, Kind::trace};
  const FilteredRows rows{payloads, query::Entity::thread, which.active_since_us};
  const bool is_newest = window.order == Window::Order::newest;
  Parameters with;
  std::string sql = fmt::format("SELECT e.n FROM threads e INDEXED BY {} WHERE e.project_n = {} AND e.trace_count > 0",
                                is_newest ? "threads_by_project" : "threads_by_update", with.add(which.project));
  if (window.before) sql += " AND e.id < " + with.add_blob(window.before->bytes());
  sql += range_sql(which, with);
  sql += filter_sql(rows, which.filter, with);
  if (!window.sort.empty()) {
    sql += " ORDER BY " + sort_sql(rows, window.sort, with) + "e.id DESC";
  } else if (is_newest) {
    sql += " ORDER BY e.id DESC";
  } else if (window.order == Window::Order::listing) {
    sql += " ORDER BY e.last_updated_at_us DESC, e.start_time_ns, e.end_time_ns DESC, e.id DESC";
  }
  // Told how many are wanted, SQLite keeps no more while it sorts.
  if (window.order != Window::Order::any && which.search.empty()) sql += " LIMIT " + with.add(window.offset + window.limit);
  Statement numbers(db.handle(), sql);
  with.bind(numbers);
  const SearchText search(which.search);
  ThreadLoader loader(db, codec, which.workspace, which.active_since_us);
  while (numbers.step()) {
    const int64_t n = numbers.integer(0);
    if (!search.is_empty() && !search.matches(Kind::trace, search_row(loader.load(n, true)))) continue;
    if (!visit(n)) return;
  }
}

ThreadLoader::ThreadLoader(Connection& db, const PayloadCodec& codec, int64_t workspace, int64_t active_since_us)
    : db_(db), codec_(codec), workspace_(workspace), active_since_us_(active_since_us), has_scores_(has_scores(db, workspace, "thread")) {}

model::Thread ThreadLoader::load(int64_t n, bool with_messages) {
  model::Thread thread;
  int64_t project = 0;
  int64_t first_trace_n = 0;
  int64_t last_trace_n = 0;
  {
    Statement& row = db_.prepared(
        "SELECT t.thread_id, t.id, p.id, t.project_n, t.first_trace_n, t.last_trace_n, t.start_time_ns, t.end_time_ns, f.source, "
        "t.trace_count, t.tags, t.created_at_us, t.last_updated_at_us, t.active_at_us, t.closed_at_us FROM threads t JOIN projects p ON "
        "p.n = t.project_n JOIN traces f ON f.n = t.first_trace_n WHERE t.n = ?1");
    ResetGuard guard(row);
    if (!row.bind(1, n).step()) throw SqlError(SQLITE_CORRUPT, "a thread without its first trace");
    thread.thread_id = row.text(0);
    thread.id = row.uuid(1);
    thread.project_id = row.uuid(2);
    project = row.integer(3);
    first_trace_n = row.integer(4);
    last_trace_n = row.integer(5);
    thread.start_time_ns = row.integer(6);
    if (!row.is_null(7)) thread.end_time_ns = row.integer(7);
    thread.source = row.text(8);
    thread.trace_count = row.integer(9);
    thread.tags = row.text(10);
    thread.created_at_us = row.integer(11);
    thread.last_updated_at_us = row.integer(12);
    thread.is_active = row.is_null(14) && row.integer(13) >= active_since_us_;
  }
  if (with_messages) load_messages(thread, first_trace_n, last_trace_n);
  load_totals(thread, project);
  if (has_scores_) thread.scores = read_scores(db_, {workspace_, "thread", thread.id});
  return thread;
}

std::vector<model::Thread> ThreadLoader::load(const std::vector<int64_t>& numbers) {
  std::vector<model::Thread> threads;
  threads.reserve(numbers.size());
  for (const int64_t n : numbers) threads.push_back(load(n, true));
  if (threads.empty() || !has_comments(db_, workspace_)) return threads;
  std::unordered_map<base::Uuid, model::Thread*, base::UuidHash> by_id;
  for (model::Thread& thread : threads) by_id.emplace(thread.id, &thread);
  each_comment(db_, workspace_, model::Subject::thread, numbers,
               [&](model::Comment comment) { by_id.at(comment.subject_id)->comments.push_back(std::move(comment)); });
  return threads;
}

void ThreadLoader::load_messages(model::Thread& thread, int64_t first_trace_n, int64_t last_trace_n) {
  const Row first = load_row(db_, codec_, Kind::trace, first_trace_n, true);
  thread.first_message = first.shown.text(Field::input);
  if (last_trace_n == first_trace_n) {
    thread.last_message = first.shown.text(Field::output);
  } else {
    thread.last_message = load_row(db_, codec_, Kind::trace, last_trace_n, true).shown.text(Field::output);
  }
}

void ThreadLoader::load_totals(model::Thread& thread, int64_t project) {
  Statement& spans = db_.prepared(
      "SELECT s.usage, s.total_estimated_cost FROM traces t INDEXED BY traces_by_thread CROSS JOIN spans s INDEXED BY spans_by_trace ON "
      "s.project_n = t.project_n AND s.trace_id = t.id WHERE t.project_n = ?1 AND t.thread_id = ?2");
  ResetGuard guard(spans);
  spans.bind(1, project).bind_text(2, thread.thread_id);
  while (spans.step()) {
    if (!spans.is_null(0)) codec::add_usage(spans.text(0), thread.usage);
    thread.cost += spans.real(1);
  }
}

}  // namespace opik::store::sqlite

// Threads: listed, searched, counted; opened and closed; tagged, scored, deleted. They are made by their traces alone.

#include "codec/thread.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/errors.h"
#include "api/limits.h"
#include "api/line_stream.h"
#include "api/params.h"
#include "api/routes.h"
#include "api/writes.h"
#include "base/cpu_time.h"
#include "store/threads.h"
#include "store/workspace_configurations.h"

namespace opik::api {

namespace {

using base::Code;
using base::Error;
using base::Result;
using http::Method;
using http::Reply;
using http::Request;
using http::Response;
using query::Entity;
using store::kDefaultWorkspace;

// A thread that got no trace since then is inactive.
Result<int64_t> active_since_us(const Parts& parts) {
  int64_t timeout_s = std::chrono::seconds(kThreadTimeout).count();
  if (parts.resources.workspace_configurations != nullptr) {
    Result<std::optional<model::WorkspaceConfiguration>> set = parts.resources.workspace_configurations->find(kDefaultWorkspace);
    if (!set) return set.error();
    if (*set) timeout_s = (*set)->thread_timeout_s.value_or(timeout_s);
  }
  return base::now_us() - timeout_s * 1'000'000;
}

Result<store::ThreadSelection> threads_of(const Parts& parts, Result<query::Selection> selection) {
  if (!selection) return selection.error();
  Result<int64_t> since_us = active_since_us(parts);
  if (!since_us) return since_us.error();
  return store::ThreadSelection{selection->workspace,         selection->project,           selection->id_from, selection->id_to,
                                std::move(selection->search), std::move(selection->filter), *since_us};
}

Error thread_not_found(std::string_view id) { return {Code::not_found, fmt::format("Thread id: {} not found", id)}; }

// ---- reading

Result<Response> list(const Parts& parts, const Request& request) {
  Result<Paging> paging = read_paging(request);
  if (!paging) return paging.error();
  Result<std::vector<query::SortKey>> sort = read_sort_keys(Entity::thread, request);
  if (!sort) return sort.error();
  Result<store::ThreadSelection> selection = threads_of(parts, read_selection(parts.catalog, Entity::thread, request));
  if (!selection) return selection.error();
  query::Window window;
  window.offset = paging->offset();
  window.limit = paging->size;
  window.sort = *std::move(sort);
  Result<store::ThreadPage> page = parts.resources.threads->page(*selection, window);
  if (!page) return page.error();

  const base::CpuTimer timer(parts.counters.encode_ns);
  std::string body;
  codec::append_thread_page(body, page->threads, query_flag(request, "truncate"), {paging->page, page->total},
                            query::sortable_by(Entity::thread));
  return json_response(std::move(body));
}

Result<Response> stats(const Parts& parts, const Request& request) {
  Result<store::ThreadSelection> selection = threads_of(parts, read_selection(parts.catalog, Entity::thread, request));
  if (!selection) return selection.error();
  Result<model::ThreadStats> stats = parts.resources.threads->stats(*selection);
  if (!stats) return stats.error();
  std::string body;
  codec::append_thread_stats(body, *stats);
  return json_response(std::move(body));
}

Result<Response> retrieve(const Parts& parts, const Request& request) {
  Result<codec::ThreadNamesRequest> asked = timed_decode(parts, [&] { return codec::decode_thread_names(request.body); });
  if (!asked) return asked.error();
  Result<model::Project> project = find_project(parts.catalog, {asked->project_name, asked->project_id});
  if (!project) return project.error();
  const std::string& thread_id = asked->thread_ids.front();
  Result<std::optional<store::ThreadRef>> found = parts.resources.threads->find(kDefaultWorkspace, project->number, thread_id);
  if (!found) return found.error();
  if (!*found) return thread_not_found(thread_id);
  Result<int64_t> since_us = active_since_us(parts);
  if (!since_us) return since_us.error();
  Result<std::optional<model::Thread>> thread = parts.resources.threads->get(kDefaultWorkspace, (*found)->id, *since_us);
  if (!thread) return thread.error();
  if (!*thread) return thread_not_found(thread_id);
  std::string body;
  codec::append_thread(body, **thread, asked->truncate);
  return json_response(std::move(body));
}

class ThreadStream : public LineStream {
 public:
  ThreadStream(const Parts& parts, store::ThreadSelection selection, const codec::SearchRequest& asked, std::optional<base::Uuid> before)
      : LineStream(asked.limit), parts_(parts), selection_(std::move(selection)), truncate_(asked.truncate), before_(before) {}

 private:
  Result<int64_t> append(std::string& chunk, int64_t rows_max) override {
    query::Window window;
    window.order = query::Window::Order::newest;
    window.before = before_;
    window.limit = rows_max;
    Result<std::vector<model::Thread>> threads = parts_.resources.threads->list(selection_, window);
    if (!threads) return threads.error();
    const base::CpuTimer timer(parts_.counters.encode_ns);
    for (const model::Thread& thread : *threads) {
      codec::append_thread(chunk, thread, truncate_);
      chunk += kLineEnd;
    }
    if (!threads->empty()) before_ = threads->back().id;
    return static_cast<int64_t>(threads->size());
  }

  const Parts parts_;
  const store::ThreadSelection selection_;
  const bool truncate_;
  std::optional<base::Uuid> before_;
};

// The thread behind which a search goes on. Opik's Python SDK names it by its `id`, not by its thread_model_id, and that may look like a
// UUID: so a thread of that id comes first.
Result<std::optional<base::Uuid>> last_retrieved(const Parts& parts, int64_t project, const codec::SearchRequest& asked) {
  if (!asked.last_retrieved_thread) return asked.last_retrieved_id;
  const std::string& name = *asked.last_retrieved_thread;
  Result<std::optional<store::ThreadRef>> found = parts.resources.threads->find(kDefaultWorkspace, project, name);
  if (!found) return found.error();
  if (*found) return std::optional((*found)->id);
  const std::optional<base::Uuid> id = base::Uuid::parse(name);
  if (id) return id;
  return Error{
      Code::malformed,
      fmt::format("last_retrieved_thread_model_id: expected a thread_model_id or the id of a thread in the project, found '{}'", name)};
}

// Newest first. `last_retrieved_thread_model_id` goes on below that thread, where Opik starts over above it.
Result<Response> search(const Parts& parts, const Request& request) {
  Result<codec::SearchRequest> asked = timed_decode(parts, [&] { return codec::decode_search(model::Kind::trace, request.body); });
  if (!asked) return asked.error();
  Result<store::ThreadSelection> selection = threads_of(parts, search_selection(parts.catalog, Entity::thread, *asked));
  if (!selection) return selection.error();
  Result<std::optional<base::Uuid>> before = last_retrieved(parts, selection->project, *asked);
  if (!before) return before.error();
  return stream_response(std::make_unique<ThreadStream>(parts, *std::move(selection), *asked, *before));
}

// ---- writing

// The threads that a body names, in a project that is there.
Result<store::ThreadNames> read_names(const Parts& parts, const Request& request) {
  Result<codec::ThreadNamesRequest> asked = timed_decode(parts, [&] { return codec::decode_thread_names(request.body); });
  if (!asked) return asked.error();
  Result<model::Project> project = find_project(parts.catalog, {asked->project_name, asked->project_id});
  if (!project) return project.error();
  return store::ThreadNames{kDefaultWorkspace, project->number, std::move(asked->thread_ids)};
}

void set_active(const Parts& parts, bool is_active, Request request, Reply reply) {
  Result<store::ThreadNames> which = read_names(parts, request);
  if (!which) return reply(error_response(which.error()));
  execute(
      parts, request,
      [which = *std::move(which), is_active, arrival_us = parts.arrivals.take()](ingest::Session& session) {
        return session.resources.threads->set_active(which, is_active, arrival_us);
      },
      std::move(reply), no_content);
}

void remove(const Parts& parts, Request request, Reply reply) {
  Result<store::ThreadNames> which = read_names(parts, request);
  if (!which) return reply(error_response(which.error()));
  execute(
      parts, request,
      [which = *std::move(which), arrival_us = parts.arrivals.take()](ingest::Session& session) {
        return session.resources.threads->delete_threads(which, arrival_us);
      },
      std::move(reply), no_content);
}

void edit_tags(const Parts& parts, std::vector<base::Uuid> ids, codec::TagChange change, Request& request, Reply reply) {
  if (!change.tags && change.edit.add.empty() && change.edit.remove.empty()) return reply(no_content());
  execute(
      parts, request,
      [ids = std::move(ids), change = std::move(change), arrival_us = parts.arrivals.take()](ingest::Session& session) {
        return session.resources.threads->edit_tags(kDefaultWorkspace, ids, change.tags, change.edit, arrival_us);
      },
      std::move(reply), no_content);
}

void update_one(const Parts& parts, Request request, Reply reply) {
  Result<base::Uuid> id = path_id(request);
  if (!id) return reply(error_response(id.error()));
  Result<codec::TagChange> change = timed_decode(parts, [&] { return codec::decode_thread_update(request.body); });
  if (!change) return reply(error_response(change.error()));
  Result<std::optional<store::ThreadRef>> found = parts.resources.threads->find(kDefaultWorkspace, *id);
  if (!found) return reply(error_response(found.error()));
  if (!*found) return reply(error_response(thread_not_found(id->text())));
  edit_tags(parts, {*id}, *std::move(change), request, std::move(reply));
}

// Unknown ids are passed over, as in Opik.
void update_many(const Parts& parts, Request request, Reply reply) {
  Result<codec::ThreadUpdateBatch> batch = timed_decode(parts, [&] { return codec::decode_thread_update_batch(request.body); });
  if (!batch) return reply(error_response(batch.error()));
  edit_tags(parts, std::move(batch->ids), std::move(batch->change), request, std::move(reply));
}

void put_scores(const Parts& parts, Request request, Reply reply) {
  Result<codec::ThreadScoreBatch> batch = timed_decode(parts, [&] { return codec::decode_thread_scores(request.body); });
  if (!batch) return reply(error_response(batch.error()));
  std::vector<codec::ItemError> errors = std::move(batch->errors);
  std::vector<store::ThreadScore> scores;
  for (codec::ThreadScoreItem& item : batch->scores) {
    store::ThreadScore& score = scores.emplace_back(store::ThreadScore{std::move(item.thread_id), std::nullopt, std::move(item.score)});
    score.score.created_at_us = score.score.last_updated_at_us = parts.arrivals.take();
    if (!item.project_id) continue;
    Result<model::Project> project = find_project(parts.catalog, {{}, item.project_id});
    if (project) {
      score.project = project->number;
    } else {
      errors.push_back({item.index, std::nullopt, project.error()});
      scores.pop_back();
    }
  }
  parts.counters.items_rejected += errors.size();
  if (scores.empty()) return reply(batch_response(std::move(errors), 0));
  const size_t count = scores.size();
  execute(
      parts, request,
      [scores = std::move(scores)](ingest::Session& session) { return session.resources.threads->put_scores(kDefaultWorkspace, scores); },
      std::move(reply),
      [parts, count, errors = std::move(errors)] {
        parts.counters.items_stored += count;
        return batch_response(errors, count);
      });
}

void delete_scores(const Parts& parts, Request request, Reply reply) {
  Result<codec::ThreadScoreNames> which = timed_decode(parts, [&] { return codec::decode_thread_score_names(request.body); });
  if (!which) return reply(error_response(which.error()));
  Result<std::optional<model::Project>> project = parts.catalog.project_by_name(kDefaultWorkspace, which->project_name);
  if (!project) return reply(error_response(project.error()));
  if (!*project) return reply(no_content());  // a project that is not there has no scores
  execute(
      parts, request,
      [number = (*project)->number, which = *std::move(which)](ingest::Session& session) {
        return session.resources.threads->delete_scores({kDefaultWorkspace, number, {which.thread_id}}, which.names, which.author);
      },
      std::move(reply), no_content);
}

}  // namespace

void add_thread_routes(Routes& routes, const Parts& parts) {
  const auto asked = [parts](Result<Response> (*answer)(const Parts&, const Request&)) {
    return answered([parts, answer](const Request& request) { return answer(parts, request); });
  };
  const auto done = [parts](void (*handle)(const Parts&, Request, Reply)) {
    return [parts, handle](Request request, Reply reply) { handle(parts, std::move(request), std::move(reply)); };
  };
  const auto activity = [parts](bool is_active) {
    return [parts, is_active](Request request, Reply reply) { set_active(parts, is_active, std::move(request), std::move(reply)); };
  };
  const std::string path = "/v1/private/traces/threads";
  routes.add(Method::get, path, asked(list));
  routes.add(Method::get, path + "/stats", asked(stats));
  routes.add_with_body(Method::post, path + "/retrieve", asked(retrieve));
  routes.add_with_body(Method::post, path + "/search", asked(search));
  routes.add_with_body(Method::put, path + "/open", activity(true));
  routes.add_with_body(Method::put, path + "/close", activity(false));
  routes.add_with_body(Method::patch, path + "/batch", done(update_many));
  routes.add_with_body(Method::patch, path + "/{id}", done(update_one));
  routes.add_with_body(Method::post, path + "/delete", done(remove));
  routes.add_with_body(Method::put, path + "/feedback-scores", done(put_scores));
  routes.add_with_body(Method::post, path + "/feedback-scores/delete", done(delete_scores));
}

}  // namespace opik::api

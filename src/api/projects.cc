// Projects: listed, made, renamed, deleted, and what their traces come to.

#include <fmt/format.h>

#include "api/params.h"
#include "api/routes.h"
#include "api/writes.h"
#include "base/clock.h"
#include "codec/encode.h"

namespace opik::api {

namespace {

using base::Code;
using base::Error;
using base::Result;
using http::Method;
using http::Reply;
using http::Request;
using http::Response;

constexpr int64_t kRecentMs = int64_t{7} * 24 * 3600 * 1000;  // errors of the last week are held against the week before: Opik's

// Opik words these two itself and lists them, whatever it does elsewhere.
Response project_error(const Error& error) {
  if (error.code == Code::not_found) return errors_response(status::kNotFound, {"Project not found"});
  if (error.code == Code::conflict) return errors_response(status::kConflict, {"Project already exists"});
  return error_response(error);
}

// A field that is not one of these is ignored, as in Opik.
void apply_sorting(const codec::Sorting& sorting, store::ProjectListing& listing) {
  using Sort = store::ProjectListing::Sort;
  constexpr std::pair<std::string_view, Sort> kSorts[] = {{"id", Sort::id},
                                                          {"name", Sort::name},
                                                          {"created_at", Sort::created_at},
                                                          {"last_updated_at", Sort::last_updated_at},
                                                          {"last_updated_trace_at", Sort::last_updated_trace_at}};
  for (const auto& [field, sort] : kSorts) {
    if (sorting.field != field) continue;
    listing.sort = sort;
    listing.descending = sorting.descending;
  }
}

Result<store::ProjectPage> find_page(const Parts& parts, const Request& request, const Paging& paging) {
  Result<std::vector<codec::Sorting>> sorting = read_sorting(request);
  if (!sorting) return sorting.error();
  store::ProjectListing listing;
  if (!sorting->empty()) apply_sorting(sorting->front(), listing);
  listing.name_contains = query_text(request, "name");
  listing.offset = paging.offset();
  listing.limit = paging.size;
  return parts.catalog.projects(store::kDefaultWorkspace, listing);
}

Result<Response> list(const Parts& parts, const Request& request) {
  Result<Paging> paging = read_paging(request);
  if (!paging) return paging.error();
  Result<store::ProjectPage> page = find_page(parts, request, *paging);
  if (!page) return page.error();
  std::string body;
  codec::append_project_page(body, page->projects, paging->page, page->total);
  return json_response(std::move(body));
}

Result<int64_t> count_errors(const Parts& parts, int64_t project, TimeRange range) {
  query::Selection selection;
  selection.project = project;
  if (Result<void> ranged = apply_time_range(range, selection); !ranged) return ranged.error();
  Result<model::Stats> stats = parts.traces.stats(selection);
  if (!stats) return stats.error();
  return stats->error_count;
}

Result<codec::ProjectStats> project_stats(const Parts& parts, const model::Project& project) {
  codec::ProjectStats summary;
  summary.project = project;
  query::Selection all;
  all.project = project.number;
  Result<model::Stats> stats = parts.traces.stats(all);
  if (!stats) return stats.error();
  summary.stats = *std::move(stats);
  if (summary.stats.error_count == 0) return summary;

  const int64_t now_ms = base::now_us() / 1000;
  Result<int64_t> recent = count_errors(parts, project.number, {now_ms - kRecentMs, {}});
  if (!recent) return recent.error();
  Result<int64_t> before = count_errors(parts, project.number, {now_ms - 2 * kRecentMs, now_ms - kRecentMs - 1});
  if (!before) return before.error();
  summary.error_count_recent = *recent;
  summary.error_count_before = *before;
  return summary;
}

Result<Response> stats(const Parts& parts, const Request& request) {
  Result<Paging> paging = read_paging(request);
  if (!paging) return paging.error();
  Result<store::ProjectPage> page = find_page(parts, request, *paging);
  if (!page) return page.error();
  std::vector<codec::ProjectStats> summaries;
  for (const model::Project& project : page->projects) {
    Result<codec::ProjectStats> summary = project_stats(parts, project);
    if (!summary) return summary.error();
    summaries.push_back(*std::move(summary));
  }
  std::string body;
  codec::append_project_stats_page(body, summaries, paging->page, page->total);
  return json_response(std::move(body));
}

// A project that was looked for, or the reason why there is none.
Response found(const Result<std::optional<model::Project>>& project) {
  if (!project) return error_response(project.error());
  if (!*project) return project_error({Code::not_found, {}});
  std::string body;
  codec::append_project(body, **project);
  return json_response(std::move(body));
}

Result<Response> get_one(const Parts& parts, const Request& request) {
  Result<base::Uuid> id = path_id(request);
  if (!id) return id.error();
  return found(parts.catalog.project_by_id(store::kDefaultWorkspace, *id));
}

Result<Response> retrieve(const Parts& parts, const Request& request) {
  Result<std::string> name = timed_decode(parts, [&] { return codec::decode_project_name(request.body); });
  if (!name) return name.error();
  return found(parts.catalog.project_by_name(store::kDefaultWorkspace, *name));
}

void create(const Parts& parts, Request request, Reply reply) {
  Result<codec::ProjectWrite> wanted = timed_decode(parts, [&] { return codec::decode_project(request.body, true); });
  if (!wanted) return reply(error_response(wanted.error()));
  model::Project project;
  project.id = base::Uuid::v7();
  project.name = *std::move(wanted->name);
  project.description = std::move(wanted->description);
  project.visibility = wanted->visibility.value_or(project.visibility);
  project.created_at_us = project.last_updated_at_us = parts.arrivals.take();
  const base::Uuid id = project.id;
  execute(
      parts, request,
      [project = std::move(project)](ingest::Session& session) -> Result<void> {
        Result<model::Project> made = session.catalog.create_project(store::kDefaultWorkspace, project);
        if (!made) return made.error();
        return {};
      },
      std::move(reply), [id] { return created(fmt::format("/v1/private/projects/{}", id.text())); }, project_error);
}

void update(const Parts& parts, Request request, Reply reply) {
  Result<base::Uuid> id = path_id(request);
  if (!id) return reply(error_response(id.error()));
  Result<codec::ProjectWrite> wanted = timed_decode(parts, [&] { return codec::decode_project(request.body, false); });
  if (!wanted) return reply(error_response(wanted.error()));
  store::ProjectPatch patch{std::move(wanted->name), std::move(wanted->description), std::move(wanted->visibility)};
  execute(
      parts, request,
      [id = *id, patch = std::move(patch)](ingest::Session& session) {
        return session.catalog.update_project(store::kDefaultWorkspace, id, patch);
      },
      std::move(reply), no_content, project_error);
}

void delete_projects(const Parts& parts, Result<std::vector<base::Uuid>> ids, Request& request, Reply reply) {
  if (!ids) return reply(error_response(ids.error()));
  execute(
      parts, request,
      [ids = *std::move(ids)](ingest::Session& session) { return session.catalog.delete_projects(store::kDefaultWorkspace, ids); },
      std::move(reply), no_content);
}

void delete_one(const Parts& parts, Request request, Reply reply) { delete_projects(parts, path_ids(request), request, std::move(reply)); }

void delete_listed(const Parts& parts, Request request, Reply reply) {
  delete_projects(parts, listed_ids(parts, request), request, std::move(reply));
}

}  // namespace

void add_project_routes(Routes& routes, const Parts& parts) {
  const std::string path = "/v1/private/projects";
  routes.add(Method::get, path, with(parts, list));
  routes.add(Method::get, path + "/stats", with(parts, stats));
  routes.add(Method::get, path + "/{id}", with(parts, get_one));
  routes.add_with_body(Method::post, path + "/retrieve", with(parts, retrieve));
  routes.add_with_body(Method::post, path, with(parts, create));
  routes.add_with_body(Method::patch, path + "/{id}", with(parts, update));
  routes.add(Method::del, path + "/{id}", with(parts, delete_one));
  routes.add_with_body(Method::post, path + "/delete", with(parts, delete_listed));
}

}  // namespace opik::api

// Which names are in use, for the web UI to offer: of the scores of traces and spans, of all scores of some projects, of what usage counts.

#include "store/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "api/params.h"
#include "api/routes.h"
#include "codec/members.h"
#include "codec/names.h"

namespace opik::api {

namespace {

using base::Code;
using base::Error;
using base::Result;
using http::Method;
using http::Request;
using http::Response;
using model::Subject;

Result<Response> printed(const Result<std::vector<std::string>>& names, void (*append)(std::string&, const std::vector<std::string>&)) {
  if (!names) return names.error();
  std::string body;
  append(body, *names);
  return json_response(std::move(body));
}

// A project that is not there has no names.
Result<std::optional<int64_t>> project_number(const Parts& parts, const base::Uuid& id) {
  Result<std::optional<model::Project>> project = parts.catalog.project_by_id(store::kDefaultWorkspace, id);
  if (!project) return project.error();
  return *project ? std::optional((*project)->number) : std::nullopt;
}

Result<std::optional<std::string>> query_span_type(const Request& request) {
  std::string type = query_text(request, "type");
  if (type.empty()) return std::optional<std::string>{};
  if (std::find(codec::kSpanTypes.begin(), codec::kSpanTypes.end(), type) != codec::kSpanTypes.end()) return std::optional(std::move(type));
  return Error{Code::malformed, fmt::format("Invalid query param type '{}': expected general, tool, llm or guardrail", type)};
}

Result<Response> score_names(const Parts& parts, Subject subject, const Request& request) {
  store::ScoreNames which;
  which.subject = subject;
  if (subject == Subject::span) {
    Result<std::optional<std::string>> type = query_span_type(request);
    if (!type) return type.error();
    which.span_type = *std::move(type);
  }
  Result<std::optional<base::Uuid>> project_id = query_id(request, "project_id");
  if (!project_id) return project_id.error();
  if (*project_id) {
    Result<std::optional<int64_t>> number = project_number(parts, **project_id);
    if (!number) return number.error();
    if (!*number) return printed(std::vector<std::string>{}, codec::append_score_names);
    which.project = **number;
  }
  return printed(parts.resources.names->score_names(store::kDefaultWorkspace, which), codec::append_score_names);
}

// `project_ids`, a JSON array; nothing: all projects.
Result<std::vector<base::Uuid>> query_project_ids(const Request& request) {
  const std::string text = query_text(request, "project_ids");
  std::vector<base::Uuid> ids;
  if (text.empty()) return ids;
  const Result<std::vector<std::string>> texts = codec::decode_names(text);
  for (const std::string& one : texts ? *texts : std::vector<std::string>{""}) {
    const std::optional<base::Uuid> id = base::Uuid::parse(one);
    if (!id) return Error{Code::malformed, fmt::format("Invalid query param project_ids '{}': expected a JSON array of UUIDs", text)};
    ids.push_back(*id);
  }
  return ids;
}

Result<Response> score_names_of_projects(const Parts& parts, const Request& request) {
  Result<std::vector<base::Uuid>> ids = query_project_ids(request);
  if (!ids) return ids.error();
  std::vector<std::optional<int64_t>> projects;
  for (const base::Uuid& id : *ids) {
    Result<std::optional<int64_t>> number = project_number(parts, id);
    if (!number) return number.error();
    if (*number) projects.push_back(*number);
  }
  if (ids->empty()) projects.push_back(std::nullopt);
  std::set<std::string> names;
  for (const std::optional<int64_t>& project : projects) {
    for (const Subject subject : {Subject::trace, Subject::span, Subject::thread}) {
      Result<std::vector<std::string>> some = parts.resources.names->score_names(store::kDefaultWorkspace, {subject, project, {}});
      if (!some) return some.error();
      names.insert(some->begin(), some->end());
    }
  }
  return printed(std::vector<std::string>(names.begin(), names.end()), codec::append_score_names);
}

Result<Response> usage_names(const Parts& parts, const Request& request) {
  Result<base::Uuid> id = path_id(request);
  if (!id) return id.error();
  Result<std::optional<int64_t>> number = project_number(parts, *id);
  if (!number) return number.error();
  if (!*number) return printed(std::vector<std::string>{}, codec::append_usage_names);
  return printed(parts.resources.names->usage_names(**number), codec::append_usage_names);
}

}  // namespace

void add_name_routes(Routes& routes, const Parts& parts) {
  for (const auto& [subject, path] : {std::pair(Subject::trace, "traces"), {Subject::span, "spans"}, {Subject::thread, "traces/threads"}}) {
    routes.add(Method::get, fmt::format("/v1/private/{}/feedback-scores/names", path),
               answered([parts, subject = subject](const Request& request) { return score_names(parts, subject, request); }));
  }
  routes.add(Method::get, "/v1/private/projects/feedback-scores/names", with(parts, score_names_of_projects));
  routes.add(Method::get, "/v1/private/projects/{id}/token-usage/names", with(parts, usage_names));
}

}  // namespace opik::api

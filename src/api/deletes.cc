// Traces deleted, with their spans and scores. An id that is unknown is remembered as deleted: a create that was said before the
// deletion and comes after it changes nothing. A span goes only with its trace, as in Opik.

#include "api/params.h"
#include "api/routes.h"
#include "api/writes.h"
#include "codec/decode.h"

namespace opik::api {

namespace {

using base::Result;
using http::Method;
using http::Reply;
using http::Request;
using http::Response;

void delete_traces(const Parts& parts, std::vector<base::Uuid> ids, std::optional<int64_t> project, Request& request, Reply reply) {
  const int64_t arrival_us = parts.arrivals.take();
  execute(
      parts, request,
      [ids = std::move(ids), project, arrival_us](ingest::Session& session) {
        return session.traces.delete_traces(store::kDefaultWorkspace, ids, project, arrival_us);
      },
      std::move(reply), no_content);
}

void delete_one(const Parts& parts, Request request, Reply reply) {
  Result<base::Uuid> id = path_id(request);
  if (!id) return reply(error_response(id.error()));
  delete_traces(parts, {*id}, std::nullopt, request, std::move(reply));
}

void delete_listed(const Parts& parts, Request request, Reply reply) {
  Result<codec::IdList> list = timed_decode(parts, [&] { return codec::decode_ids(request.body); });
  if (!list) return reply(error_response(list.error()));
  std::optional<int64_t> project;
  if (list->project_id) {
    Result<std::optional<model::Project>> found = parts.catalog.project_by_id(store::kDefaultWorkspace, *list->project_id);
    if (!found) return reply(error_response(found.error()));
    if (!*found) return reply(no_content());  // a project that is not there has no traces
    project = (*found)->number;
  }
  delete_traces(parts, std::move(list->ids), project, request, std::move(reply));
}

Result<Response> refuse_span(const Request& request) {
  if (Result<base::Uuid> id = path_id(request); !id) return id.error();
  Response response;
  response.status = status::kNotImplemented;
  return response;
}

}  // namespace

void add_delete_routes(Routes& routes, const Parts& parts) {
  routes.add(Method::del, "/v1/private/traces/{id}",
             [parts](Request request, Reply reply) { delete_one(parts, std::move(request), std::move(reply)); });
  routes.add_with_body(Method::post, "/v1/private/traces/delete",
                       [parts](Request request, Reply reply) { delete_listed(parts, std::move(request), std::move(reply)); });
  routes.add(Method::del, "/v1/private/spans/{id}", answered(refuse_span));
}

}  // namespace opik::api

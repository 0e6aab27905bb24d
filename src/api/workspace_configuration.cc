// What the workspace has set.

#include "codec/workspace_configuration.h"

#include "api/routes.h"
#include "api/writes.h"
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

Response configuration_error(const Error& error) {
  return error.code == Code::not_found ? errors_response(status::kNotFound, {error.message}) : error_response(error);
}

Response printed(const model::WorkspaceConfiguration& configuration) {
  std::string body;
  codec::append_workspace_configuration(body, configuration);
  return json_response(std::move(body));
}

Result<Response> get_one(const Parts& parts, const Request&) {
  Result<std::optional<model::WorkspaceConfiguration>> found = parts.resources.workspace_configurations->find(store::kDefaultWorkspace);
  if (!found) return found.error();
  if (!*found) return configuration_error({Code::not_found, "Workspace configuration not found"});
  return printed(**found);
}

void put(const Parts& parts, Request request, Reply reply) {
  Result<model::WorkspaceConfiguration> wanted = timed_decode(parts, [&] { return codec::decode_workspace_configuration(request.body); });
  if (!wanted) return reply(error_response(wanted.error()));
  execute(
      parts, request,
      [configuration = *wanted](ingest::Session& session) {
        return session.resources.workspace_configurations->put(store::kDefaultWorkspace, configuration);
      },
      std::move(reply), [configuration = *wanted] { return printed(configuration); });
}

void remove(const Parts& parts, Request request, Reply reply) {
  execute(
      parts, request, [](ingest::Session& session) { return session.resources.workspace_configurations->remove(store::kDefaultWorkspace); },
      std::move(reply), no_content, configuration_error);
}

}  // namespace

void add_workspace_configuration_routes(Routes& routes, const Parts& parts) {
  const std::string path = "/v1/private/workspaces/configurations";
  routes.add(Method::get, path, with(parts, get_one));
  routes.add_with_body(Method::put, path, with(parts, put));
  routes.add(Method::del, path, with(parts, remove));
}

}  // namespace opik::api

// The links that SDKs print: a browser is sent from the API to a page of the web UI.
//
//   GET /v1/session/redirect/projects?trace_id=<id>&path=<base64 of the API's base URL>   >   303
//   <base>/default/projects/<id>/traces?trace=<id>

#include <fmt/format.h>

#include <optional>

#include "api/errors.h"
#include "api/params.h"
#include "api/routes.h"

namespace opik::api {

namespace {

using base::Code;
using base::Error;
using base::Result;

// Where the web UI's pages are: beside the API.
Result<std::string> read_web_url(const http::Request& request) {
  Result<std::string> url = read_base_url(request.query_value("path").value_or(""));
  if (url && url->ends_with("/api")) url->resize(url->size() - std::string_view("/api").size());
  return url;
}

Result<base::Uuid> needed_id(const http::Request& request, std::string_view name) {
  Result<std::optional<base::Uuid>> id = query_id(request, name);
  if (!id) return id.error();
  if (!*id) return Error{Code::malformed, fmt::format("query param {} must not be null", name)};
  return **id;
}

http::Response see_other(std::string location) {
  http::Response response;
  response.status = status::kSeeOther;
  response.headers.emplace_back("Location", std::move(location));
  return response;
}

Result<http::Response> to_project(const Parts& parts, const http::Request& request) {
  if (!is_known_workspace(request.query_value("workspace_name").value_or(""))) return unknown_workspace();
  Result<std::string> base_url = read_web_url(request);
  if (!base_url) return base_url.error();
  Result<base::Uuid> id = needed_id(request, "trace_id");
  if (!id) return id.error();
  Result<std::optional<model::Record>> trace = parts.traces.get(model::Kind::trace, store::kDefaultWorkspace, *id);
  if (!trace) return trace.error();
  if (!*trace) return record_not_found(model::Kind::trace, *id);
  return see_other(fmt::format("{}/default/projects/{}/traces?trace={}", *base_url, (*trace)->project_id.text(), id->text()));
}

// Pages that hang on a dataset. Whether there is such a thing, the page will say.
struct DatasetPage {
  std::string_view resource;  // datasets, experiments, optimizations
  std::string_view id_name;   // of what is compared on the page; empty: the dataset itself is shown
};

Result<http::Response> to_dataset_page(const DatasetPage& page, const http::Request& request) {
  if (!is_known_workspace(request.query_value("workspace_name").value_or(""))) return unknown_workspace();
  Result<std::string> base_url = read_web_url(request);
  if (!base_url) return base_url.error();
  Result<base::Uuid> dataset = needed_id(request, "dataset_id");
  if (!dataset) return dataset.error();
  if (page.id_name.empty()) return see_other(fmt::format("{}/default/datasets/{}/items", *base_url, dataset->text()));
  Result<base::Uuid> compared = needed_id(request, page.id_name);
  if (!compared) return compared.error();
  return see_other(fmt::format("{}/default/{}/{}/compare?{}=%5B%22{}%22%5D", *base_url, page.resource, dataset->text(), page.resource,
                               compared->text()));
}

}  // namespace

void add_redirect_routes(Routes& routes, const Parts& parts) {
  routes.add(http::Method::get, "/v1/session/redirect/projects",
             answered([parts](const http::Request& request) { return to_project(parts, request); }));
  for (const DatasetPage& page :
       {DatasetPage{"datasets", ""}, DatasetPage{"experiments", "experiment_id"}, DatasetPage{"optimizations", "optimization_id"}}) {
    routes.add(http::Method::get, fmt::format("/v1/session/redirect/{}", page.resource),
               answered([page](const http::Request& request) { return to_dataset_page(page, request); }));
  }
}

}  // namespace opik::api

#pragma once
// What every resource's routes share: the rule about workspaces, the check that there is a body, and the plain answers.
//
//   routes.add(Method::get, "/v1/private/projects/{id}", answered([parts](const Request& request) -> Result<Response> {...}));
//   routes.add_with_body(Method::post, "/v1/private/traces/batch", [parts](Request request, Reply reply) {...});

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/api.h"
#include "base/result.h"
#include "http/router.h"

namespace opik::api {

// A handler that needs to wait for nothing.
using Answer = std::function<base::Result<http::Response>(const http::Request&)>;
http::Handler answered(Answer answer);

// Functions of the parts as handlers: of those that answer at once, and of those that reply later.
http::Handler with(const Parts& parts, base::Result<http::Response> (*answer)(const Parts&, const http::Request&));
http::Handler with(const Parts& parts, void (*handle)(const Parts&, http::Request, http::Reply));

class Routes {
 public:
  explicit Routes(http::Router& router) : router_(router) {}

  void add(http::Method method, std::string_view pattern, http::Handler handler);
  // For bodies of other types than JSON; the handler looks at the workspace itself, for it answers in a form of its own.
  void add_of_types(http::Method method, std::string_view pattern, http::Handler handler, std::vector<std::string> body_types) {
    router_.add(method, pattern, std::move(handler), std::move(body_types));
  }
  // A body that is taken as it comes.
  void add_receiver(http::Method method, std::string_view pattern, http::Receiver receiver);
  // Only for requests with a body: 422 for none. (Another type than JSON is refused before a handler is asked.)
  void add_with_body(http::Method method, std::string_view pattern, http::Handler handler);

 private:
  http::Router& router_;
};

http::Response json_response(std::string body);
http::Response no_content();
// 201 with the place of what was made.
http::Response created(std::string location);

// What the budget granted a request, kept until the reply. Shared because std::function copies what it holds.
std::shared_ptr<base::ByteBudget::Hold> hold_in_flight(http::Request& request);

// Only the default workspace exists yet.
bool is_known_workspace(std::string_view name);
base::Error unknown_workspace();

// The resources.
void add_system_routes(Routes& routes);
void add_live_routes(Routes& routes, const Parts& parts);
void add_metrics_routes(Routes& routes, const Parts& parts);
void add_redirect_routes(Routes& routes, const Parts& parts);
void add_project_routes(Routes& routes, const Parts& parts);
void add_record_write_routes(Routes& routes, const Parts& parts, model::Kind kind);
void add_record_read_routes(Routes& routes, const Parts& parts, model::Kind kind);
void add_search_routes(Routes& routes, const Parts& parts, model::Kind kind);
void add_delete_routes(Routes& routes, const Parts& parts);
void add_comment_routes(Routes& routes, const Parts& parts, model::Subject subject);
void add_guardrail_routes(Routes& routes, const Parts& parts);
void add_name_routes(Routes& routes, const Parts& parts);
void add_workspace_configuration_routes(Routes& routes, const Parts& parts);
void add_project_metric_routes(Routes& routes, const Parts& parts);
void add_thread_routes(Routes& routes, const Parts& parts);
void add_feedback_definition_routes(Routes& routes, const Parts& parts);
void add_attachment_routes(Routes& routes, const Parts& parts);  // parts.attachments is there
void add_score_routes(Routes& routes, const Parts& parts, model::Kind kind);
void add_otlp_routes(Routes& routes, const Parts& parts);

}  // namespace opik::api

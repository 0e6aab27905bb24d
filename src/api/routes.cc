#include "api/routes.h"

#include "api/errors.h"

namespace opik::api {

namespace {

constexpr std::string_view kPrivate = "/v1/private/";
constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

void add_resource_routes(Routes& routes, const Parts& parts) {
  if (parts.resources.feedback_definitions != nullptr) add_feedback_definition_routes(routes, parts);
  if (parts.resources.metrics != nullptr) add_project_metric_routes(routes, parts);
  if (parts.resources.threads != nullptr) add_thread_routes(routes, parts);
  if (parts.resources.names != nullptr) add_name_routes(routes, parts);
  if (parts.resources.workspace_configurations != nullptr) add_workspace_configuration_routes(routes, parts);
  if (parts.resources.comments == nullptr) return;
  for (const model::Subject subject : {model::Subject::trace, model::Subject::span, model::Subject::thread}) {
    add_comment_routes(routes, parts, subject);
  }
}

}  // namespace

void add_routes(http::Router& router, const Parts& parts) {
  Routes routes(router);
  add_system_routes(routes);
  add_metrics_routes(routes, parts);
  if (parts.live != nullptr) add_live_routes(routes, parts);
  add_redirect_routes(routes, parts);
  add_project_routes(routes, parts);
  for (const model::Kind kind : {model::Kind::trace, model::Kind::span}) {
    add_record_write_routes(routes, parts, kind);
    add_record_read_routes(routes, parts, kind);
    add_search_routes(routes, parts, kind);
    add_score_routes(routes, parts, kind);
  }
  add_delete_routes(routes, parts);
  add_guardrail_routes(routes, parts);
  add_resource_routes(routes, parts);
  add_otlp_routes(routes, parts);
  if (parts.attachments != nullptr) add_attachment_routes(routes, parts);
}

http::Handler answered(Answer answer) {
  return [answer = std::move(answer)](http::Request request, http::Reply reply) {
    base::Result<http::Response> response = answer(request);
    reply(response ? *std::move(response) : error_response(response.error()));
  };
}

http::Handler with(const Parts& parts, base::Result<http::Response> (*answer)(const Parts&, const http::Request&)) {
  return answered([parts, answer](const http::Request& request) { return answer(parts, request); });
}

http::Handler with(const Parts& parts, void (*handle)(const Parts&, http::Request, http::Reply)) {
  return [parts, handle](http::Request request, http::Reply reply) { handle(parts, std::move(request), std::move(reply)); };
}

void Routes::add(http::Method method, std::string_view pattern, http::Handler handler) {
  if (!pattern.starts_with(kPrivate)) return router_.add(method, pattern, std::move(handler));
  router_.add(method, pattern, [handler = std::move(handler)](http::Request request, http::Reply reply) {
    if (!is_known_workspace(request.header("comet-workspace").value_or(""))) return reply(error_response(unknown_workspace()));
    handler(std::move(request), std::move(reply));
  });
}

void Routes::add_receiver(http::Method method, std::string_view pattern, http::Receiver receiver) {
  router_.add_receiver(method, pattern, [receiver = std::move(receiver)](const http::Request& request) -> http::Intake {
    if (is_known_workspace(request.header("comet-workspace").value_or(""))) return receiver(request);
    return {nullptr, 0, error_response(unknown_workspace())};
  });
}

void Routes::add_with_body(http::Method method, std::string_view pattern, http::Handler handler) {
  add(method, pattern, [handler = std::move(handler)](http::Request request, http::Reply reply) {
    if (const std::string_view body = trim(request.body.view()); body.empty() || body == "null") {
      return reply(errors_response(status::kUnprocessable, {"The request body must not be null"}));
    }
    handler(std::move(request), std::move(reply));
  });
}

http::Response json_response(std::string body) {
  http::Response response;
  response.body = std::move(body);
  return response;
}

http::Response no_content() {
  http::Response response;
  response.status = status::kNoContent;
  return response;
}

http::Response created(std::string location) {
  http::Response response;
  response.status = status::kCreated;
  response.headers.emplace_back("Location", std::move(location));
  return response;
}

std::shared_ptr<base::ByteBudget::Hold> hold_in_flight(http::Request& request) {
  return std::make_shared<base::ByteBudget::Hold>(std::move(request.in_flight));
}

bool is_known_workspace(std::string_view name) { return name.empty() || name == "default"; }

base::Error unknown_workspace() { return {base::Code::not_found, "Workspace not found"}; }

}  // namespace opik::api

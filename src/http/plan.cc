#include "http/plan.h"

#include <algorithm>
#include <utility>

#include "http/response_head.h"
#include "http/target.h"

namespace opik::http {
namespace {

bool takes_typed_body(Method method) { return method == Method::post || method == Method::put || method == Method::patch; }

bool is_type_taken(const Request& request, const Router::Match& match) {
  const auto is_any = [](const std::string& type) { return type == "*"; };
  if (std::any_of(match.body_types.begin(), match.body_types.end(), is_any)) return true;
  const std::string type = media_type(request.header("content-type").value_or(""));
  return std::find(match.body_types.begin(), match.body_types.end(), type) != match.body_types.end();
}

// OPTIONS that no route serves: a browser's preflight is answered for every path, as a 404 would reach nobody.
std::optional<Response> answer_options(const Request& request, const Router::Match& match, bool cors) {
  if (request.method != Method::options || match.is_served()) return std::nullopt;
  Response response;
  response.status = 204;
  if (cors && request.header("origin") && request.header("access-control-request-method")) {
    add_preflight_headers(response);
    return response;
  }
  if (!match.path_known && request.path != "*") return std::nullopt;
  response.headers.emplace_back("Allow", match.path_known ? method_list(match.allowed) : "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  return response;
}

}  // namespace

Plan plan_request(Head& head, const Router& router, bool cors) {
  Plan plan;
  plan.request.method = head.method;
  plan.request.headers = std::move(head.headers);
  base::Result<Target> target = parse_target(head.target);
  if (!target) {
    plan.answer = plain_error(400, target.error().message);
    return plan;
  }
  plan.request.path = std::move(target->path);
  plan.request.query = std::move(target->query);

  Router::Match match = router.match(head.method, plan.request.path);
  plan.answer = answer_options(plan.request, match, cors);
  if (plan.answer) return plan;
  if (!match.path_known && !target->below_api) match.handler = router.fallback(head.method);
  if (!match.path_known && match.handler == nullptr) {
    plan.answer = plain_error(404, "HTTP 404 Not Found");
    return plan;
  }
  if (!match.is_served()) {
    plan.answer = plain_error(405, "HTTP 405 Method Not Allowed");
    plan.answer->headers.emplace_back("Allow", method_list(match.allowed));
    return plan;
  }
  plan.handler = match.handler;
  plan.receiver = match.receiver;
  plan.request.path_params = std::move(match.path_params);
  if (!head.has_body()) return plan;

  plan.wrong_type = takes_typed_body(head.method) && !is_type_taken(plan.request, match);
  const std::optional<Coding> coding = body_coding(plan.request.headers);
  const bool is_unpackable = coding && plan.receiver != nullptr && *coding != Coding::identity;
  if (!coding || is_unpackable || (plan.wrong_type && !head.chunked)) {
    plan.answer = unsupported_media_type();
    return plan;
  }
  plan.coding = *coding;
  return plan;
}

Response unsupported_media_type() { return plain_error(415, "HTTP 415 Unsupported Media Type"); }

}  // namespace opik::http

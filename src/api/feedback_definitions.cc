// Feedback definitions: the scales that the web UI offers for scores. Listed, made, replaced, deleted.

#include "codec/feedback_definition.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/params.h"
#include "api/routes.h"
#include "api/writes.h"
#include "store/feedback_definitions.h"

namespace opik::api {

namespace {

using base::Code;
using base::Error;
using base::Result;
using http::Method;
using http::Reply;
using http::Request;
using http::Response;

Response definition_error(const Error& error) {
  if (error.code == Code::not_found && error.message != kNoSuchPath) return errors_response(status::kNotFound, {error.message});
  return error_response(error);
}

Result<std::optional<model::FeedbackType>> query_type(const Request& request) {
  const std::string type = query_text(request, "type");
  if (type.empty()) return std::optional<model::FeedbackType>{};
  const auto* const known = std::find(std::begin(model::kFeedbackTypeNames), std::end(model::kFeedbackTypeNames), type);
  if (known == std::end(model::kFeedbackTypeNames)) {
    return Error{Code::malformed, fmt::format("Invalid query param type '{}': expected numerical, categorical or boolean", type)};
  }
  return std::optional(static_cast<model::FeedbackType>(known - std::begin(model::kFeedbackTypeNames)));
}

Result<Response> list(const Parts& parts, const Request& request) {
  Result<Paging> paging = read_paging(request);
  if (!paging) return paging.error();
  Result<std::optional<model::FeedbackType>> type = query_type(request);
  if (!type) return type.error();
  Result<store::FeedbackDefinitionPage> page = parts.resources.feedback_definitions->list(
      store::kDefaultWorkspace, {query_text(request, "name"), *type, paging->offset(), paging->size});
  if (!page) return page.error();
  std::string body;
  codec::append_feedback_definition_page(body, page->definitions, {paging->page, page->total});
  return json_response(std::move(body));
}

Result<Response> get_one(const Parts& parts, const Request& request) {
  Result<base::Uuid> id = path_id(request);
  if (!id) return id.error();
  Result<std::optional<model::FeedbackDefinition>> found = parts.resources.feedback_definitions->find(store::kDefaultWorkspace, *id);
  if (!found) return found.error();
  if (!*found) return definition_error({Code::not_found, "Feedback definition not found"});
  std::string body;
  codec::append_feedback_definition(body, **found);
  return json_response(std::move(body));
}

void create(const Parts& parts, Request request, Reply reply) {
  Result<model::FeedbackDefinition> wanted = timed_decode(parts, [&] { return codec::decode_feedback_definition(request.body); });
  if (!wanted) return reply(error_response(wanted.error()));
  wanted->id = base::Uuid::v7();
  wanted->created_at_us = wanted->last_updated_at_us = parts.arrivals.take();
  const base::Uuid id = wanted->id;
  execute(
      parts, request,
      [definition = *std::move(wanted)](ingest::Session& session) {
        return session.resources.feedback_definitions->create(store::kDefaultWorkspace, definition);
      },
      std::move(reply), [id] { return created(fmt::format("/v1/private/feedback-definitions/{}", id.text())); });
}

void update(const Parts& parts, Request request, Reply reply) {
  Result<base::Uuid> id = path_id(request);
  if (!id) return reply(error_response(id.error()));
  Result<model::FeedbackDefinition> wanted = timed_decode(parts, [&] { return codec::decode_feedback_definition(request.body); });
  if (!wanted) return reply(error_response(wanted.error()));
  wanted->id = *id;
  wanted->last_updated_at_us = parts.arrivals.take();
  execute(
      parts, request,
      [definition = *std::move(wanted)](ingest::Session& session) {
        return session.resources.feedback_definitions->update(store::kDefaultWorkspace, definition);
      },
      std::move(reply), no_content, definition_error);
}

void remove(const Parts& parts, Result<std::vector<base::Uuid>> ids, Request& request, Reply reply) {
  if (!ids) return reply(error_response(ids.error()));
  execute(
      parts, request,
      [ids = *std::move(ids)](ingest::Session& session) {
        return session.resources.feedback_definitions->remove(store::kDefaultWorkspace, ids);
      },
      std::move(reply), no_content);
}

void remove_one(const Parts& parts, Request request, Reply reply) { remove(parts, path_ids(request), request, std::move(reply)); }

void remove_listed(const Parts& parts, Request request, Reply reply) {
  remove(parts, listed_ids(parts, request), request, std::move(reply));
}

}  // namespace

void add_feedback_definition_routes(Routes& routes, const Parts& parts) {
  const std::string path = "/v1/private/feedback-definitions";
  routes.add(Method::get, path, with(parts, list));
  routes.add(Method::get, path + "/{id}", with(parts, get_one));
  routes.add_with_body(Method::post, path, with(parts, create));
  routes.add_with_body(Method::put, path + "/{id}", with(parts, update));
  routes.add(Method::del, path + "/{id}", with(parts, remove_one));
  routes.add_with_body(Method::post, path + "/delete", with(parts, remove_listed));
}

}  // namespace opik::api

// Comments on traces, spans and threads: added to what is there, read, changed, deleted.

#include "codec/comment.h"

#include <fmt/format.h>

#include "api/params.h"
#include "api/routes.h"
#include "api/writes.h"
#include "store/comments.h"

namespace opik::api {

namespace {

using base::Code;
using base::Error;
using base::Result;
using http::Method;
using http::Reply;
using http::Request;
using http::Response;
using model::Subject;

std::string path_of(Subject subject) {
  return subject == Subject::thread ? "/v1/private/traces/threads" : fmt::format("/v1/private/{}s", model::subject_name(subject));
}

Result<Response> get_one(const Parts& parts, Subject subject, const Request& request) {
  Result<base::Uuid> subject_id = path_id(request);
  if (!subject_id) return subject_id.error();
  Result<base::Uuid> id = path_id(request, "comment_id");
  if (!id) return id.error();
  Result<std::optional<model::Comment>> comment = parts.resources.comments->find(store::kDefaultWorkspace, {subject, *subject_id, *id});
  if (!comment) return comment.error();
  if (!*comment) return Error{Code::not_found, fmt::format("Comment id: {} not found", id->text())};
  std::string body;
  codec::append_comment(body, **comment);
  return json_response(std::move(body));
}

void add(const Parts& parts, Subject subject, Request request, Reply reply) {
  Result<base::Uuid> subject_id = path_id(request);
  if (!subject_id) return reply(error_response(subject_id.error()));
  Result<std::string> text = timed_decode(parts, [&] { return codec::decode_comment(request.body); });
  if (!text) return reply(error_response(text.error()));
  const int64_t now_us = parts.arrivals.take();
  model::Comment comment{base::Uuid::v7(), *subject_id, *std::move(text), now_us, now_us};
  const std::string location = fmt::format("{}/{}/comments/{}", path_of(subject), subject_id->text(), comment.id.text());
  execute(
      parts, request,
      [subject, comment = std::move(comment)](ingest::Session& session) {
        return session.resources.comments->add(store::kDefaultWorkspace, subject, comment);
      },
      std::move(reply), [location] { return created(location); });
}

void update(const Parts& parts, Subject subject, Request request, Reply reply) {
  Result<base::Uuid> id = path_id(request, "comment_id");
  if (!id) return reply(error_response(id.error()));
  Result<std::string> text = timed_decode(parts, [&] { return codec::decode_comment(request.body); });
  if (!text) return reply(error_response(text.error()));
  model::Comment comment;
  comment.id = *id;
  comment.text = *std::move(text);
  comment.last_updated_at_us = parts.arrivals.take();
  execute(
      parts, request,
      [subject, comment = std::move(comment)](ingest::Session& session) {
        return session.resources.comments->update(store::kDefaultWorkspace, subject, comment);
      },
      std::move(reply), no_content);
}

void remove(const Parts& parts, Subject subject, Request request, Reply reply) {
  Result<std::vector<base::Uuid>> ids = listed_ids(parts, request);
  if (!ids) return reply(error_response(ids.error()));
  execute(
      parts, request,
      [subject, ids = *std::move(ids)](ingest::Session& session) {
        return session.resources.comments->remove(store::kDefaultWorkspace, subject, ids);
      },
      std::move(reply), no_content);
}

}  // namespace

void add_comment_routes(Routes& routes, const Parts& parts, Subject subject) {
  const auto writing = [parts, subject](void (*handle)(const Parts&, Subject, Request, Reply)) {
    return [parts, subject, handle](Request request, Reply reply) { handle(parts, subject, std::move(request), std::move(reply)); };
  };
  const std::string path = path_of(subject);
  routes.add(Method::get, path + "/{id}/comments/{comment_id}",
             answered([parts, subject](const Request& request) { return get_one(parts, subject, request); }));
  routes.add_with_body(Method::post, path + "/{id}/comments", writing(add));
  routes.add_with_body(Method::patch, path + "/comments/{comment_id}", writing(update));
  routes.add_with_body(Method::post, path + "/comments/delete", writing(remove));
}

}  // namespace opik::api

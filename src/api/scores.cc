// Feedback scores of traces and spans: many at once for entities that need not exist yet, or one for an entity that must.

#include <fmt/format.h>

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

void set_arrival(base::ArrivalClock& arrivals, std::vector<model::FeedbackScore>& scores) {
  int64_t arrival_us = arrivals.take(static_cast<int64_t>(scores.size()));
  for (model::FeedbackScore& score : scores) {
    score.created_at_us = score.last_updated_at_us = arrival_us;
    ++arrival_us;
  }
}

// `errors`: the items that the codec refused.
void put_scores(const Parts& parts, model::Kind kind, std::vector<model::FeedbackScore> scores, std::vector<codec::ItemError> errors,
                Request& request, Reply reply) {
  const size_t count = scores.size();
  parts.counters.items_rejected += errors.size();
  if (scores.empty()) return reply(batch_response(std::move(errors), 0));
  request.body = {};
  set_arrival(parts.arrivals, scores);
  execute(
      parts, request,
      [kind, scores = std::move(scores)](ingest::Session& session) {
        return session.traces.put_scores(store::kDefaultWorkspace, kind, scores);
      },
      std::move(reply),
      [parts, count, errors = std::move(errors)] {
        parts.counters.items_stored += count;
        return batch_response(errors, count);
      });
}

void put_batch(const Parts& parts, model::Kind kind, Request request, Reply reply) {
  Result<codec::ScoreBatch> batch = timed_decode(parts, [&] { return codec::decode_score_batch(kind, request.body); });
  if (!batch) return reply(error_response(batch.error()));
  put_scores(parts, kind, std::move(batch->scores), std::move(batch->errors), request, std::move(reply));
}

void put_one(const Parts& parts, model::Kind kind, Request request, Reply reply) {
  Result<base::Uuid> id = path_id(request);
  if (!id) return reply(error_response(id.error()));
  Result<model::FeedbackScore> score = timed_decode(parts, [&] { return codec::decode_score(request.body); });
  if (!score) return reply(error_response(score.error()));
  Result<bool> exists = parts.traces.exists(kind, store::kDefaultWorkspace, *id);
  if (!exists) return reply(error_response(exists.error()));
  if (!*exists) return reply(error_response(record_not_found(kind, *id)));
  score->entity_id = *id;
  put_scores(parts, kind, {*std::move(score)}, {}, request, std::move(reply));
}

void delete_one(const Parts& parts, model::Kind kind, Request request, Reply reply) {
  Result<base::Uuid> id = path_id(request);
  if (!id) return reply(error_response(id.error()));
  Result<codec::ScoreName> which = timed_decode(parts, [&] { return codec::decode_score_name(request.body); });
  if (!which) return reply(error_response(which.error()));
  execute(
      parts, request,
      [kind, id = *id, which = *std::move(which)](ingest::Session& session) {
        return session.traces.delete_score(store::kDefaultWorkspace, kind, id, which.name, which.author);
      },
      std::move(reply), no_content);
}

}  // namespace

void add_score_routes(Routes& routes, const Parts& parts, model::Kind kind) {
  const auto with = [parts, kind](void (*handle)(const Parts&, model::Kind, Request, Reply)) {
    return [parts, kind, handle](Request request, Reply reply) { handle(parts, kind, std::move(request), std::move(reply)); };
  };
  const std::string path = fmt::format("/v1/private/{}s", model::kind_name(kind));
  routes.add_with_body(Method::put, path + "/feedback-scores", with(put_batch));
  routes.add_with_body(Method::put, path + "/{id}/feedback-scores", with(put_one));
  routes.add_with_body(Method::post, path + "/{id}/feedback-scores/delete", with(delete_one));
}

}  // namespace opik::api

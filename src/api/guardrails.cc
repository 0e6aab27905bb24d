// Verdicts of guardrails on traces, which need not exist yet.

#include "codec/guardrail.h"

#include "api/routes.h"
#include "api/writes.h"
#include "store/guardrails.h"

namespace opik::api {

namespace {

using base::Result;
using http::Reply;
using http::Request;

void put(const Parts& parts, Request request, Reply reply) {
  Result<codec::GuardrailBatch> batch = timed_decode(parts, [&] { return codec::decode_guardrail_batch(request.body); });
  if (!batch) return reply(error_response(batch.error()));
  const size_t count = batch->checks.size();
  parts.counters.items_rejected += batch->errors.size();
  if (count == 0) return reply(batch_response(std::move(batch->errors), 0));
  request.body = {};
  int64_t arrival_us = parts.arrivals.take(static_cast<int64_t>(count));
  for (model::GuardrailCheck& check : batch->checks) check.created_at_us = arrival_us++;
  execute(
      parts, request,
      [checks = std::move(batch->checks)](ingest::Session& session) {
        return session.resources.guardrails->put(store::kDefaultWorkspace, checks);
      },
      std::move(reply),
      [parts, count, errors = std::move(batch->errors)] {
        parts.counters.items_stored += count;
        return batch_response(errors, count);
      });
}

}  // namespace

void add_guardrail_routes(Routes& routes, const Parts& parts) {
  routes.add_with_body(http::Method::post, "/v1/private/guardrails", with(parts, put));
}

}  // namespace opik::api

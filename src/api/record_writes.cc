// Creates and updates of traces and spans, one at a time and in batches. Each is a message (docs/merge.md); a create of an id
// that is there overwrites it, an update of an id that is not there waits for its create.
//
// One bad item costs no other: the good ones are stored, the bad ones are told by place, id and reason.

#include <fmt/format.h>

#include "api/limits.h"
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

// Items of one request arrive one after the other, in the order of the list.
void set_arrival(base::ArrivalClock& arrivals, std::vector<model::Message>& messages) {
  int64_t arrival_us = arrivals.take(static_cast<int64_t>(messages.size()));
  for (model::Message& message : messages) {
    model::Moment& moment = message.moment;
    moment = moment.from_client ? model::Moment::stamped(moment.stamp_us, arrival_us) : model::Moment::arrived(arrival_us);
    ++arrival_us;
  }
}

void count_items(const Parts& parts, size_t stored, size_t rejected) {
  parts.counters.items_stored += stored;
  parts.counters.items_rejected += rejected;
}

// Stores the good items of a batch and replies 204, or with what was refused: by the codec, or by the store.
void write_batch(const Parts& parts, codec::Batch batch, Request& request, Reply reply) {
  if (batch.messages.empty()) {
    count_items(parts, 0, batch.errors.size());
    return reply(batch_response(std::move(batch.errors), 0));
  }
  request.body = {};
  set_arrival(parts.arrivals, batch.messages);
  auto done = [parts, hold = hold_in_flight(request), positions = std::move(batch.positions), errors = std::move(batch.errors),
               reply = std::move(reply)](Result<store::WriteReport> report) mutable {
    if (!report) {
      count_items(parts, 0, positions.size() + errors.size());
      return reply(error_response(report.error()));
    }
    for (store::Rejection& rejection : report->rejected) {
      errors.push_back({positions[rejection.index], rejection.id, std::move(rejection.error)});
    }
    count_items(parts, report->stored, errors.size());
    reply(batch_response(std::move(errors), report->stored));
  };
  parts.ingest.write(store::kDefaultWorkspace, std::move(batch.messages), std::move(done));
}

// Stores one message and replies `success`, or why not.
void write_one(const Parts& parts, Result<model::Message> message, Request& request, Reply reply,
               std::function<Response(const base::Uuid&)> success) {
  if (!message) {
    count_items(parts, 0, 1);
    return reply(error_response(message.error()));
  }
  request.body = {};
  const base::Uuid id = message->id;
  std::vector<model::Message> messages;
  messages.push_back(*std::move(message));
  set_arrival(parts.arrivals, messages);
  auto done = [parts, id, hold = hold_in_flight(request), reply = std::move(reply),
               success = std::move(success)](Result<store::WriteReport> report) {
    const bool stored = report && report->rejected.empty();
    count_items(parts, stored, !stored);
    if (stored) return reply(success(id));
    reply(error_response(report ? report->rejected.front().error : report.error()));
  };
  parts.ingest.write(store::kDefaultWorkspace, std::move(messages), std::move(done));
}

void create_batch(const Parts& parts, model::Kind kind, Request request, Reply reply) {
  Result<codec::Batch> batch = timed_decode(parts, [&] { return codec::decode_batch(kind, request.body); });
  if (!batch) return reply(error_response(batch.error()));
  write_batch(parts, *std::move(batch), request, std::move(reply));
}

void create_one(const Parts& parts, model::Kind kind, Request request, Reply reply) {
  Result<model::Message> message = timed_decode(parts, [&] { return codec::decode_create(kind, request.body); });
  write_one(parts, std::move(message), request, std::move(reply),
            [kind](const base::Uuid& id) { return created(fmt::format("/v1/private/{}s/{}", model::kind_name(kind), id.text())); });
}

void patch_one(const Parts& parts, model::Kind kind, Request request, Reply reply) {
  Result<base::Uuid> id = path_id(request);
  if (!id) return reply(error_response(id.error()));
  Result<model::Message> message = timed_decode(parts, [&] { return codec::decode_patch(kind, *id, request.body); });
  if (message && message->project_id) {
    // A name is made if there is none; an id that is not there is a mistake, whatever came before.
    Result<std::optional<model::Project>> project = parts.catalog.project_by_id(store::kDefaultWorkspace, *message->project_id);
    if (!project) return reply(error_response(project.error()));
    if (!*project) return reply(errors_response(status::kNotFound, {"Project not found"}));
  }
  write_one(parts, std::move(message), request, std::move(reply), [](const base::Uuid&) { return no_content(); });
}

void patch_batch(const Parts& parts, model::Kind kind, Request request, Reply reply) {
  Result<std::vector<model::Message>> messages = timed_decode(parts, [&] { return codec::decode_patch_batch(kind, request.body); });
  if (!messages) return reply(error_response(messages.error()));
  // Every id gets a copy of what the update says: that is what is in flight now.
  const auto copies_bytes = static_cast<int64_t>(messages->size() * request.body.size());
  if (copies_bytes > kPatchCopiesBytesFree && !request.in_flight.grow(copies_bytes)) {
    return reply(
        error_response({base::Code::busy, "the update times its ids is more than the server can hold now: send fewer ids, or try again"}));
  }
  codec::Batch batch;
  batch.messages = *std::move(messages);
  batch.positions.resize(batch.messages.size());
  for (size_t i = 0; i < batch.positions.size(); ++i) batch.positions[i] = i;
  write_batch(parts, std::move(batch), request, std::move(reply));
}

}  // namespace

void add_record_write_routes(Routes& routes, const Parts& parts, model::Kind kind) {
  const auto with = [parts, kind](void (*handle)(const Parts&, model::Kind, Request, Reply)) {
    return [parts, kind, handle](Request request, Reply reply) { handle(parts, kind, std::move(request), std::move(reply)); };
  };
  const std::string path = fmt::format("/v1/private/{}s", model::kind_name(kind));
  routes.add_with_body(Method::post, path, with(create_one));
  routes.add_with_body(Method::post, path + "/batch", with(create_batch));
  routes.add_with_body(Method::patch, path + "/{id}", with(patch_one));
  routes.add_with_body(Method::patch, path + "/batch", with(patch_batch));
}

}  // namespace opik::api

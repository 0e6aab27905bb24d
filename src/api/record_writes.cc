// Creates and updates of traces and spans, one at a time and in batches. Each is a message (docs/merge.md); a create of an id
// that is there overwrites it, an update of an id that is not there waits for its create.
//
// One bad item costs no other: the good ones are stored, the bad ones are told by place, id and reason.

#include <fmt/format.h>

#include "api/embedded_files.h"
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

// Takes messages one after the other: each arrives, and goes into a batch for the store.
class Preparation : public codec::MessageSink {
 public:
  explicit Preparation(const Parts& parts) : parts_(parts), batch_(parts.ingest.prepare(store::kDefaultWorkspace)) {}

  void begin() override {
    batch_->clear();
    files_.clear();
    positions_.clear();
  }
  void message(size_t index, model::Message& message) override {
    arrive(message.moment);
    if (parts_.attachments != nullptr) take_embedded_files(*parts_.attachments, message, positions_.size(), files_);
    batch_->add(std::move(message));
    positions_.push_back(index);
  }

  size_t size() const { return positions_.size(); }
  // Hands the batch to ingest, when the files that were taken out of its messages are on disk.
  void write(std::function<void(Result<store::WriteReport>)> done) {
    if (files_.empty()) return parts_.ingest.write(std::move(batch_), std::move(done));
    write_with_files(parts_, std::move(batch_), std::move(files_), std::move(done));
  }
  std::vector<size_t> take_positions() { return std::move(positions_); }

 private:
  // Without a client's stamp a message is ordered by its arrival.
  void arrive(model::Moment& moment) {
    const int64_t arrival_us = parts_.arrivals.take();
    moment = moment.from_client ? model::Moment::stamped(moment.stamp_us, arrival_us) : model::Moment::arrived(arrival_us);
  }

  const Parts& parts_;
  std::unique_ptr<store::PreparedBatch> batch_;
  std::vector<TakenFile> files_;
  std::vector<size_t> positions_;  // message i of the batch was this item of the list
};

void count_items(const Parts& parts, size_t stored, size_t rejected) {
  parts.counters.items_stored += stored;
  parts.counters.items_rejected += rejected;
}

// Stores the good items of a batch and replies 204, or with what was refused: by the codec, or by the store.
void write_batch(const Parts& parts, Preparation prepared, std::vector<codec::ItemError> errors, Request& request, Reply reply) {
  if (prepared.size() == 0) {
    count_items(parts, 0, errors.size());
    return reply(batch_response(std::move(errors), 0));
  }
  request.body = {};
  auto done = [parts, hold = hold_in_flight(request), positions = prepared.take_positions(), errors = std::move(errors),
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
  prepared.write(std::move(done));
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
  Preparation prepared(parts);
  prepared.message(0, *message);
  auto done = [parts, id, hold = hold_in_flight(request), reply = std::move(reply),
               success = std::move(success)](Result<store::WriteReport> report) {
    const bool stored = report && report->rejected.empty();
    count_items(parts, stored, !stored);
    if (stored) return reply(success(id));
    reply(error_response(report ? report->rejected.front().error : report.error()));
  };
  prepared.write(std::move(done));
}

void create_batch(const Parts& parts, model::Kind kind, Request request, Reply reply) {
  Preparation prepared(parts);
  Result<std::vector<codec::ItemError>> errors = timed_decode(parts, [&] { return codec::decode_batch(kind, request.body, prepared); });
  if (!errors) return reply(error_response(errors.error()));
  write_batch(parts, std::move(prepared), *std::move(errors), request, std::move(reply));
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
  Preparation prepared(parts);
  for (size_t i = 0; i < messages->size(); ++i) prepared.message(i, (*messages)[i]);
  write_batch(parts, std::move(prepared), {}, request, std::move(reply));
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

// OpenTelemetry's exporters: POST /v1/private/otel/v1/traces, as protobuf or JSON, or the method Export of gRPC's TraceService, which
// takes the same protobuf; for the project in the header `projectName`.
//
// A trace's id is the one that is stored for its OTLP id. It is looked up before messages are made; only for traces that are new it is
// stored within the writer's transaction, and if another request was first there, the messages are made again with its id.

#include <algorithm>

#include "api/routes.h"
#include "api/writes.h"
#include "codec/otlp.h"
#include "http/grpc_status.h"
#include "store/otlp_traces.h"

namespace opik::api {

namespace {

using base::Code;
using base::Error;
using base::Result;
using codec::OtlpForm;
using http::GrpcCode;
using http::Method;
using http::Reply;
using http::Request;
using http::Response;

constexpr std::string_view kProtobufType = "application/x-protobuf";

// How a request came, and its answer goes.
struct Way {
  OtlpForm form = OtlpForm::protobuf;
  bool is_grpc = false;
};

Way http_way(const Request& request) {
  const std::string_view type = request.header("content-type").value_or("");
  return {type.substr(0, kProtobufType.size()) == kProtobufType ? OtlpForm::protobuf : OtlpForm::json};
}

Response answer(OtlpForm form, std::string body) {
  Response response;
  response.content_type = form == OtlpForm::protobuf ? kProtobufType : "application/json";
  response.body = std::move(body);
  return response;
}

GrpcCode rpc_code(Code code) {
  switch (code) {
    case Code::malformed:
    case Code::invalid:
    case Code::unsupported:
    case Code::unprocessable:
    case Code::conflict:
      return GrpcCode::invalid_argument;
    case Code::not_found:
      return GrpcCode::not_found;
    case Code::busy:
      return GrpcCode::resource_exhausted;
    case Code::unavailable:
      return GrpcCode::unavailable;
    case Code::internal:
      break;
  }
  return GrpcCode::internal;
}

// The failure as every resource tells it, but with a google.rpc.Status for a body, or as the end of a call.
Response failure(Way way, const Error& error) {
  Response response = error_response(error);
  const std::string message = response.status == status::kInternal ? "internal error, see the log" : error.message;
  const int http_status = response.status == status::kUnprocessable ? status::kBadRequest : response.status;
  if (way.is_grpc) {
    // Of a busy server, exporters try again only what is unavailable.
    return http::grpc_failure(http_status, error.code == Code::busy ? GrpcCode::unavailable : rpc_code(error.code), message);
  }
  Response typed = answer(way.form, codec::encode_otlp_failure(way.form, static_cast<int>(rpc_code(error.code)), message));
  typed.status = http_status;
  typed.headers = std::move(response.headers);
  return typed;
}

// One request on its way: what it says, and which of our traces it speaks of.
class Export {
 public:
  Export(const Parts& parts, Way way, std::string project, codec::OtlpRequest request)
      : parts_(parts),
        way_(way),
        project_(std::move(project)),
        request_(std::move(request)),
        traces_(codec::otlp_traces(request_, project_)) {}

  // Gives each trace the id that is stored for it.
  Result<void> look_up() {
    std::vector<std::string> otlp_ids;
    for (const codec::OtlpTrace& trace : traces_) {
      if (!trace.permanent) otlp_ids.push_back(trace.otlp_id);
    }
    if (otlp_ids.empty()) return {};
    const auto found = parts_.resources.otlp_traces->find(store::kDefaultWorkspace, project_, otlp_ids);
    if (!found) return found.error();
    auto at = found->begin();
    for (codec::OtlpTrace& trace : traces_) {
      if (trace.permanent) continue;
      if (*at) {
        trace.id = **at;
        trace.permanent = true;  // stored ids never change
      }
      ++at;
    }
    return {};
  }

  std::unique_ptr<store::PreparedBatch> make_batch() {
    messages_ = codec::otlp_messages(request_, project_, traces_);
    auto batch = parts_.ingest.prepare(store::kDefaultWorkspace);
    for (std::vector<model::Message>* messages : {&messages_.traces, &messages_.spans}) {
      for (model::Message& message : *messages) {
        message.moment = model::Moment::stamped(message.moment.stamp_us, parts_.arrivals.take());
        batch->add(std::move(message));
      }
      messages->clear();
    }
    const bool may_change = std::any_of(traces_.begin(), traces_.end(), [](const codec::OtlpTrace& trace) { return !trace.permanent; });
    if (!may_change) request_ = {};  // never needed again
    return batch;
  }

  // In the writer's transaction: stores the ids of new traces. Another request may have been first: then `batch` is made anew.
  Result<void> keep_ids(ingest::Session& session, std::unique_ptr<store::PreparedBatch>& batch) {
    std::vector<store::OtlpTraceId> proposed;
    for (const codec::OtlpTrace& trace : traces_) {
      if (!trace.permanent) proposed.push_back({trace.otlp_id, trace.id});
    }
    if (proposed.empty()) return {};
    const Result<int64_t> project = session.catalog.project_named(store::kDefaultWorkspace, project_);
    if (!project) return project.error();
    const Result<std::vector<base::Uuid>> stored = session.resources.otlp_traces->keep(*project, proposed);
    if (!stored) return stored.error();
    bool is_changed = false;
    auto at = stored->begin();
    for (codec::OtlpTrace& trace : traces_) {
      if (trace.permanent) continue;
      is_changed |= trace.id != *at;
      trace.id = *at++;
    }
    if (!is_changed) return {};
    batch = make_batch();
    batch->finish();
    return {};
  }

  Response finish(const Result<store::WriteReport>& report) {
    if (!report) return failure(way_, report.error());
    for (const store::Rejection& rejection : report->rejected) {
      ++messages_.rejected;
      if (messages_.reasons.empty()) messages_.reasons = rejection.error.message;
    }
    parts_.counters.items_stored += report->stored;
    parts_.counters.items_rejected += messages_.rejected;
    return answer(way_.form, codec::encode_otlp_answer(way_.form, messages_));
  }

 private:
  const Parts parts_;
  const Way way_;
  const std::string project_;
  codec::OtlpRequest request_;
  std::vector<codec::OtlpTrace> traces_;
  codec::OtlpMessages messages_;
};

void export_traces(const Parts& parts, Way way, Request request, Reply reply) {
  if (!is_known_workspace(request.header("comet-workspace").value_or(""))) return reply(failure(way, unknown_workspace()));
  // What is decoded takes about twice the room of the body, beside it.
  const auto decoded_bytes = static_cast<int64_t>(2 * request.body.size());
  if (decoded_bytes > 0 && !request.in_flight.grow(decoded_bytes)) {
    return reply(failure(way, {Code::busy, "more spans than the server can hold now: try again"}));
  }
  Result<codec::OtlpRequest> decoded = timed_decode(parts, [&] { return codec::decode_otlp(way.form, request.body.view()); });
  if (!decoded) return reply(failure(way, decoded.error()));
  const std::string_view named = request.header("projectname").value_or("");
  // Shared by the two closures of one job.
  auto exported = std::make_shared<Export>(parts, way, std::string(named.empty() ? model::kDefaultProject : named), *std::move(decoded));
  request.body = {};
  if (Result<void> known = exported->look_up(); !known) return reply(failure(way, known.error()));
  auto batch = timed_decode(parts, [&] { return exported->make_batch(); });
  parts.ingest.write(
      std::move(batch), [exported](ingest::Session& session, auto& its_batch) { return exported->keep_ids(session, its_batch); },
      [exported, hold = hold_in_flight(request), reply = std::move(reply)](Result<store::WriteReport> report) {
        reply(exported->finish(report));
      });
}

}  // namespace

void add_otlp_routes(Routes& routes, const Parts& parts) {
  if (parts.resources.otlp_traces == nullptr) return;
  routes.add_of_types(Method::post, "/v1/private/otel/v1/traces",
                      [parts](Request request, Reply reply) {
                        const Way way = http_way(request);
                        export_traces(parts, way, std::move(request), std::move(reply));
                      },
                      {std::string(kProtobufType), "application/json"});
}

void add_grpc_methods(http::Router& methods, const Parts& parts) {
  if (parts.resources.otlp_traces == nullptr) return;
  methods.add(Method::post, "/opentelemetry.proto.collector.trace.v1.TraceService/Export", [parts](Request request, Reply reply) {
    export_traces(parts, {OtlpForm::protobuf, true}, std::move(request), std::move(reply));
  });
}

}  // namespace opik::api

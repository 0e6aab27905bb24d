#pragma once
// The REST API of Opik, tier 1: which path does what. One file per resource, each walking one way:
//
//   request  >  codec (messages, checked)  >  ingest or store  >  codec (JSON)  >  response
//
//   api::Counters counters;                      // before ingest: writes that are still on their way count into it
//   ...
//   api::add_routes(router, {ingest, store, catalog, arrivals, http_counters, budget, counters, resources, &live, &attachments});
//
// Handlers are thread-safe and hold nothing of their own. What Parts refers to outlives the server.

#include <atomic>
#include <cstdint>
#include <string>

#include "base/byte_budget.h"
#include "base/clock.h"
#include "base/worker.h"
#include "http/router.h"
#include "http/server.h"
#include "ingest/ingest.h"
#include "store/attachments.h"
#include "store/catalog.h"
#include "store/resources.h"
#include "store/trace_store.h"

namespace opik::api {

struct Counters {
  std::atomic<uint64_t> decode_ns{0};       // CPU time from request bodies to messages
  std::atomic<uint64_t> encode_ns{0};       // CPU time from records to JSON, the store's reading aside
  std::atomic<uint64_t> items_stored{0};    // traces, spans and scores that were written and answered 2xx or counted in `stored`
  std::atomic<uint64_t> items_rejected{0};  // those that were refused with a reason
};

class LiveTraces;

// What /metrics tells of the program beside its work.
struct Program {
  std::string version;
  std::string data_directory;  // empty: none, and nothing is told of the disk
};

// Attachments of a store that has them.
struct Attachments {
  const store::AttachmentReader& rows;
  store::AttachmentContents& contents;
  base::Worker& disk;  // where files are made durable
  uint64_t bytes_max = 0;
};

struct Parts {
  ingest::Ingest& ingest;
  const store::TraceReader& traces;
  const store::CatalogReader& catalog;
  base::ArrivalClock& arrivals;
  const http::Counters& http;
  const base::ByteBudget& budget;
  Counters& counters;
  store::ResourceReaders resources = {};
  LiveTraces* live = nullptr;  // of the store's changes; null: nobody can subscribe
  Program program = {};
  const Attachments* attachments = nullptr;  // null: its routes are not there, and files in payloads stay where they are
};

void add_routes(http::Router& router, const Parts& parts);
// What http::Server::listen_grpc() serves.
void add_grpc_methods(http::Router& methods, const Parts& parts);

}  // namespace opik::api

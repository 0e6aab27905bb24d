// Builds the server top to bottom; leaving the function takes it down in reverse. What a request may still touch while it is
// finished lives longer than the requests: the database and the counters outlive ingest, ingest outlives nothing that it answers.

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>

#include "api/api.h"
#include "api/live.h"
#include "base/byte_budget.h"
#include "base/clock.h"
#include "base/worker.h"
#include "http/server.h"
#include "ingest/ingest.h"
#include "opikd/commands.h"
#include "opikd/log.h"
#include "opikd/memory.h"
#include "opikd/prices.h"
#include "opikd/signals.h"
#include "opikd/ui.h"
#include "store/sqlite/database.h"

namespace opik::opikd {

namespace {

http::Limits limits_of(const Config& config) {
  using std::chrono::milliseconds;
  http::Limits limits;
  limits.body_bytes_max = static_cast<size_t>(config.body_bytes_max);
  limits.header_bytes_max = static_cast<size_t>(config.header_bytes_max);
  limits.connections_max = static_cast<size_t>(config.connections_max);
  limits.header_timeout = milliseconds(config.header_timeout_ms);
  limits.body_timeout = milliseconds(config.body_timeout_ms);
  limits.idle_timeout = milliseconds(config.idle_timeout_ms);
  limits.write_timeout = milliseconds(config.write_timeout_ms);
  limits.stop_timeout = milliseconds(config.stop_timeout_ms);
  limits.threads = static_cast<int>(config.threads);
  limits.cors = config.cors == "on";
  return limits;
}

store::sqlite::Options options_of(const Config& config, const cost::PriceTable& prices, store::ChangeListener& listener) {
  store::sqlite::Options options;
  options.listener = &listener;
  options.prices = &prices;
  options.directory = config.data;
  options.sync = config.sync == "off"      ? store::sqlite::Sync::off
                 : config.sync == "normal" ? store::sqlite::Sync::normal
                                           : store::sqlite::Sync::full;
  options.columns_bytes = static_cast<size_t>(config.columns_bytes);
  return options;
}

// Every connection is a file: asks for as many as the system allows.
void raise_file_limit() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == files.rlim_max) return;
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files) != 0) spdlog::warn("limit of open files stays as it was");
}

int fail(const base::Error& error) {
  fmt::print(stderr, "opikd: {}\n", error.message);
  return kExitFailed;
}

// Only if it is asked for.
base::Result<void> listen_grpc(const Config& config, const api::Parts& parts, http::Router& methods, http::Server& server) {
  if (config.otlp_grpc.empty()) return {};
  const base::Result<Address> address = parse_address("otlp-grpc", config.otlp_grpc);
  if (!address) return address.error();
  api::add_grpc_methods(methods, parts);
  const base::Result<uint16_t> port = server.listen_grpc(address->host, address->port, methods);
  if (!port) return port.error();
  spdlog::info("OTLP over gRPC listen={}:{}", address->host, *port);
  return {};
}

void announce(const Address& address, uint16_t port) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  fmt::print("opikd ready http://{}:{}\n", is_v6 ? "[" + address.host + "]" : address.host, port);
  std::fflush(stdout);
}

}  // namespace

int serve(const Config& config) {
  limit_allocator();
  block_stop_signals();
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is told as an error, like a full disk
  std::signal(SIGPIPE, SIG_IGN);  // a reader of stdout or of a response may go away
  start_log(config.log_level);
  raise_file_limit();

  base::Result<Address> address = parse_address("listen", config.listen);
  if (!address) return fail(address.error());
  base::Result<PricesInUse> prices = prices_in_use(config.data);
  if (!prices) return fail(prices.error());
  api::LiveTraces live;
  base::Result<std::unique_ptr<store::sqlite::Database>> opened = store::sqlite::Database::open(options_of(config, prices->table, live));
  if (!opened) return fail(opened.error());
  store::sqlite::Database& database = **opened;

  base::ArrivalClock arrivals(database.traces().last_arrival_us());
  base::ByteBudget budget(config.inflight_bytes);
  http::Router router, grpc_methods;
  http::Server server(limits_of(config), budget, router);
  api::Counters counters;
  ingest::Ingest ingest(database.traces(), {database.trace_writer(), database.catalog_writer(), database.resource_writers()});
  base::Worker disk;  // what it has finished goes to ingest
  const store::ResourceReaders resources = database.resources();
  const api::Attachments attachments{*resources.attachments, database.attachment_contents(), disk,
                                     static_cast<uint64_t>(config.attachment_bytes_max)};
  const api::Parts parts{ingest,      database.traces(), database.catalog(), arrivals, server.counters(),
                         budget,      counters,          resources,          &live,    {OPIKD_VERSION, config.data},
                         &attachments};
  api::add_routes(router, parts);
  if (base::Result<void> ui = add_ui(router, config.ui_dir); !ui) return fail(ui.error());

  base::Result<uint16_t> port = server.listen(address->host, address->port);
  if (!port) return fail(port.error());
  if (base::Result<void> grpc = listen_grpc(config, parts, grpc_methods, server); !grpc) return fail(grpc.error());
  IdleTrim trim([&] { return server.counters().requests.load(); }, [&] { database.release_memory(); });
  StopSignals signals([&] { server.stop(); });
  spdlog::info("prices models={} own={}", prices->table.size(), prices->own);
  spdlog::info("ready data={} listen={}:{} sync={} version={}", config.data, address->host, *port, config.sync, OPIKD_VERSION);
  announce(*address, *port);
  server.run();
  spdlog::info("stopped requests={}", server.counters().requests.load());
  return kExitOk;
}

}  // namespace opik::opikd

// GET /metrics: the server's counters in Prometheus' text format 0.0.4.
//
//   # HELP <name> <what>
//   # TYPE <name> counter|gauge
//   <name>{<label>="<value>"} <number>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "api/errors.h"
#include "api/live.h"
#include "api/routes.h"

namespace opik::api {

namespace {

using base::Result;

constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";
constexpr int64_t kProjectsAtOnce = 500;

// A text that grows by metrics. Lines of one metric follow its heading.
class Page {
 public:
  void counter(std::string_view name, std::string_view what) { heading(name, what, "counter"); }
  void gauge(std::string_view name, std::string_view what) { heading(name, what, "gauge"); }

  template <class Number>
  void value(Number number) {
    fmt::format_to(std::back_inserter(text_), "{} {}\n", name_, number);
  }
  template <class Number>
  void value(std::string_view label, std::string_view label_value, Number number) {
    fmt::format_to(std::back_inserter(text_), "{}{{{}=\"{}\"}} {}\n", name_, label, label_value, number);
  }
  std::string take() { return std::move(text_); }

 private:
  void heading(std::string_view name, std::string_view what, std::string_view type) {
    name_ = name;
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, what, name, type);
  }
  std::string text_;
  std::string_view name_;
};

double seconds(uint64_t ns) { return static_cast<double>(ns) / 1e9; }

double cpu_seconds(const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; }

// Bytes of this process in memory; 0 if the system does not tell.
int64_t resident_bytes() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "r"), &std::fclose);
  long long pages_all = 0;
  long long pages_resident = 0;
  if (!file || std::fscanf(file.get(), "%lld %lld", &pages_all, &pages_resident) != 2) return 0;
  return pages_resident * sysconf(_SC_PAGESIZE);
}

void append_http(Page& page, const http::Counters& http) {
  page.counter("opikd_http_connections_total", "Connections accepted.");
  page.value(http.connections.load());
  page.gauge("opikd_http_connections_open", "Connections open now.");
  page.value(http.connections_open.load());
  page.counter("opikd_http_requests_total", "Requests read.");
  page.value(http.requests.load());
  page.counter("opikd_http_responses_total", "Responses by class of status.");
  page.value("class", "2xx", http.responses_2xx.load());
  page.value("class", "3xx", http.responses_3xx.load());
  page.value("class", "4xx", http.responses_4xx.load());
  page.value("class", "5xx", http.responses_5xx.load());
  page.counter("opikd_http_refused_busy_total", "Requests refused with 429 because the in-flight budget was used up.");
  page.value(http.refused_busy.load());
  page.counter("opikd_http_body_bytes_total", "Bytes of bodies on the wire.");
  page.value("direction", "in", http.bytes_in.load());
  page.value("direction", "out", http.bytes_out.load());
}

void append_ingest(Page& page, const Parts& parts, const ingest::Counters& ingest) {
  page.counter("opikd_items_total", "Traces, spans and scores in write requests, by what became of them.");
  page.value("outcome", "stored", parts.counters.items_stored.load());
  page.value("outcome", "rejected", parts.counters.items_rejected.load());
  page.counter("opikd_ingest_groups_total", "Transactions, by outcome.");
  page.value("outcome", "committed", ingest.groups);
  page.value("outcome", "undone", ingest.failed_groups);
  page.counter("opikd_ingest_jobs_total", "Write requests committed.");
  page.value(ingest.jobs);
  page.counter("opikd_ingest_messages_total", "Creates and updates committed.");
  page.value(ingest.messages);
  page.gauge("opikd_ingest_queued_jobs", "Write requests that wait for the next transaction.");
  page.value(ingest.queued_jobs);
  page.gauge("opikd_inflight_bytes", "Bytes of request bodies between socket and disk.");
  page.value(parts.budget.used());
  page.gauge("opikd_inflight_limit_bytes", "Their limit; beyond it requests get 429.");
  page.value(parts.budget.limit());
}

void append_live(Page& page, const LiveTraces::Counters& live) {
  page.gauge("opikd_live_subscribers", "Streams of changed traces that are open now.");
  page.value(live.subscribers);
  page.counter("opikd_live_events_total", "Changes of traces made into events.");
  page.value(live.events);
  page.counter("opikd_live_dropped_total", "Streams closed because their reader did not keep up.");
  page.value(live.dropped);
}

void append_process(Page& page, const Parts& parts, const ingest::Counters& ingest) {
  page.counter("opikd_cpu_seconds_total", "CPU time by stage of the write path, and of printing what is read.");
  page.value("stage", "http_read", seconds(parts.http.body_read_ns.load()));
  page.value("stage", "inflate", seconds(parts.http.inflate_ns.load()));
  page.value("stage", "decode", seconds(parts.counters.decode_ns.load()));
  page.value("stage", "prepare", seconds(ingest.prepare_ns));
  page.value("stage", "writer", seconds(ingest.writer_ns));
  page.value("stage", "encode", seconds(parts.counters.encode_ns.load()));
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  page.counter("process_cpu_seconds_total", "CPU time of the process, user and system.");
  page.value(cpu_seconds(usage.ru_utime) + cpu_seconds(usage.ru_stime));
  page.gauge("process_resident_memory_bytes", "Resident memory of the process.");
  page.value(resident_bytes());
}

// Sizes of the database's own files, its log included. Those that vanish meanwhile count nothing.
uint64_t database_bytes(const std::filesystem::path& directory) {
  uint64_t bytes = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    const uint64_t size = at->is_regular_file(gone) ? at->file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  return bytes;
}

void append_program(Page& page, const Program& program, double started) {
  page.gauge("opikd_build_info", "The program; always 1.");
  page.value("version", program.version, 1);
  page.gauge("process_start_time_seconds", "When the process began, in seconds since 1970.");
  page.value(started);
  if (program.data_directory.empty()) return;
  page.gauge("opikd_disk_bytes", "Files in the data directory, and what is free on its disk.");
  page.value("of", "database", database_bytes(program.data_directory));
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(program.data_directory, error);
  if (!error) page.value("of", "free", space.available);
}

struct RowCounts {
  int64_t projects = 0;
  int64_t traces = 0;
  int64_t spans = 0;
};

// Lengths of whole projects are known without counting.
Result<RowCounts> count_rows(const Parts& parts) {
  RowCounts counts;
  store::ProjectListing listing;
  listing.limit = kProjectsAtOnce;
  for (;;) {
    Result<store::ProjectPage> page = parts.catalog.projects(store::kDefaultWorkspace, listing);
    if (!page) return page.error();
    for (const model::Project& project : page->projects) {
      query::Selection whole;
      whole.project = project.number;
      Result<int64_t> traces = parts.traces.count(whole);
      if (!traces) return traces.error();
      whole.kind = model::Kind::span;
      Result<int64_t> spans = parts.traces.count(whole);
      if (!spans) return spans.error();
      counts.traces += *traces;
      counts.spans += *spans;
    }
    counts.projects = page->total;
    listing.offset += kProjectsAtOnce;
    if (listing.offset >= page->total) return counts;
  }
}

void append_store(Page& page, const RowCounts& rows) {
  page.gauge("opikd_store_rows", "What is stored, in projects that are there.");
  page.value("of", "projects", rows.projects);
  page.value("of", "traces", rows.traces);
  page.value("of", "spans", rows.spans);
}

Result<http::Response> metrics(const Parts& parts, double started) {
  const Result<RowCounts> rows = count_rows(parts);
  const ingest::Counters ingest = parts.ingest.counters();
  Page page;
  append_http(page, parts.http);
  append_ingest(page, parts, ingest);
  if (parts.live != nullptr) append_live(page, parts.live->counters());
  if (rows) append_store(page, *rows);  // a store in trouble must not hide the rest
  append_process(page, parts, ingest);
  append_program(page, parts.program, started);

  http::Response response = json_response(page.take());
  response.content_type = kContentType;
  return response;
}

}  // namespace

void add_metrics_routes(Routes& routes, const Parts& parts) {
  const double started = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  routes.add(http::Method::get, "/metrics", answered([parts, started](const http::Request&) { return metrics(parts, started); }));
}

}  // namespace opik::api

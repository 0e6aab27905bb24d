// POST /traces/search and /spans/search: up to 2000 of a project's traces or spans, newest first, one JSON text per line (lines
// end with "\r\n"). They are read and sent a piece at a time, so that memory does not grow with their number or their size.

#include <fmt/format.h>

#include <algorithm>

#include "api/embedded_files.h"
#include "api/errors.h"
#include "api/limits.h"
#include "api/params.h"
#include "api/routes.h"
#include "api/writes.h"
#include "base/cpu_time.h"

namespace opik::api {

namespace {

using base::Result;
using http::Reply;
using http::Request;
using http::Response;

constexpr std::string_view kLineEnd = "\r\n";

class RecordStream : public http::BodySource {
 public:
  RecordStream(const Parts& parts, query::Selection selection, codec::RecordStyle style, const codec::SearchRequest& asked)
      : parts_(parts),
        selection_(std::move(selection)),
        style_(std::move(style)),
        strip_attachments_(asked.strip_attachments || asked.truncate),
        before_(asked.last_retrieved_id),
        left_(asked.limit) {}

  bool next(std::string& chunk) override {
    query::Window window;
    window.order = query::Window::Order::newest;
    window.before = before_;
    window.limit = std::min(rows_, left_);
    Result<std::vector<model::Record>> records = parts_.traces.list(selection_, window, fields_to_read(style_));
    if (!records) {
      // Too late for a status: the reader finds the error as the last line.
      chunk += error_response(records.error()).body;
      chunk += kLineEnd;
      return false;
    }
    const base::CpuTimer timer(parts_.counters.encode_ns);
    EmbeddedFiles files(parts_, strip_attachments_);
    for (model::Record& record : *records) {
      files.put_back(record);
      codec::append_record(chunk, record, style_);
      chunk += kLineEnd;
    }
    const auto count = static_cast<int64_t>(records->size());
    if (count < window.limit) return false;
    before_ = records->back().id;
    left_ -= count;
    const size_t row_bytes = chunk.size() / records->size() + 1;
    rows_ = std::clamp<int64_t>(static_cast<int64_t>(kStreamChunkBytes / row_bytes), 1, kStreamRowsMax);
    return left_ > 0;
  }

 private:
  const Parts parts_;
  const query::Selection selection_;
  const codec::RecordStyle style_;
  const bool strip_attachments_;
  std::optional<base::Uuid> before_;
  int64_t left_;
  int64_t rows_ = kStreamRowsFirst;
};

Result<Response> search(const Parts& parts, model::Kind kind, const Request& request) {
  Result<codec::SearchRequest> asked = timed_decode(parts, [&] { return codec::decode_search(kind, request.body); });
  if (!asked) return asked.error();

  query::Selection selection;
  selection.kind = kind;
  selection.workspace = store::kDefaultWorkspace;
  selection.trace_id = asked->trace_id;
  selection.type = asked->type;
  Result<query::Filter> filter = read_filter(query::entity_of(kind), asked->filters);
  if (!filter) return filter.error();
  selection.filter = *std::move(filter);
  if (Result<void> ranged = apply_time_range({asked->from_time_ms, asked->to_time_ms}, selection); !ranged) return ranged.error();
  Result<model::Project> project = find_project(parts.catalog, {asked->project_name, asked->project_id});
  if (!project) return project.error();
  selection.project = project->number;

  codec::RecordStyle style;
  style.exclude = std::move(asked->exclude);
  style.truncate = asked->truncate;
  Response response;
  response.content_type = "application/octet-stream";
  response.stream = std::make_unique<RecordStream>(parts, std::move(selection), std::move(style), *asked);
  return response;
}

}  // namespace

void add_search_routes(Routes& routes, const Parts& parts, model::Kind kind) {
  routes.add_with_body(http::Method::post, fmt::format("/v1/private/{}s/search", model::kind_name(kind)),
                       answered([parts, kind](const Request& request) { return search(parts, kind, request); }));
}

}  // namespace opik::api

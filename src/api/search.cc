// POST /traces/search and /spans/search: up to 2000 of a project's traces or spans, newest first, as a stream of lines.

#include <fmt/format.h>

#include "api/embedded_files.h"
#include "api/errors.h"
#include "api/line_stream.h"
#include "api/params.h"
#include "api/routes.h"
#include "api/writes.h"
#include "base/cpu_time.h"

namespace opik::api {

namespace {

using base::Result;
using http::Request;
using http::Response;

class RecordStream : public LineStream {
 public:
  RecordStream(const Parts& parts, query::Selection selection, codec::RecordStyle style, const codec::SearchRequest& asked)
      : LineStream(asked.limit),
        parts_(parts),
        selection_(std::move(selection)),
        style_(std::move(style)),
        strip_attachments_(asked.strip_attachments || asked.truncate),
        before_(asked.last_retrieved_id) {}

 private:
  Result<int64_t> append(std::string& chunk, int64_t rows_max) override {
    query::Window window;
    window.order = query::Window::Order::newest;
    window.before = before_;
    window.limit = rows_max;
    Result<std::vector<model::Record>> records = parts_.traces.list(selection_, window, fields_to_read(style_));
    if (!records) return records.error();
    const base::CpuTimer timer(parts_.counters.encode_ns);
    EmbeddedFiles files(parts_, strip_attachments_);
    for (model::Record& record : *records) {
      files.put_back(record);
      codec::append_record(chunk, record, style_);
      chunk += kLineEnd;
    }
    if (!records->empty()) before_ = records->back().id;
    return static_cast<int64_t>(records->size());
  }

  const Parts parts_;
  const query::Selection selection_;
  const codec::RecordStyle style_;
  const bool strip_attachments_;
  std::optional<base::Uuid> before_;
};

Result<Response> search(const Parts& parts, model::Kind kind, const Request& request) {
  Result<codec::SearchRequest> asked = timed_decode(parts, [&] { return codec::decode_search(kind, request.body); });
  if (!asked) return asked.error();

  Result<query::Selection> selection = search_selection(parts.catalog, query::entity_of(kind), *asked);
  if (!selection) return selection.error();
  codec::RecordStyle style;
  style.exclude = std::move(asked->exclude);
  style.truncate = asked->truncate;
  return stream_response(std::make_unique<RecordStream>(parts, *std::move(selection), std::move(style), *asked));
}

}  // namespace

void add_search_routes(Routes& routes, const Parts& parts, model::Kind kind) {
  routes.add_with_body(http::Method::post, fmt::format("/v1/private/{}s/search", model::kind_name(kind)),
                       answered([parts, kind](const Request& request) { return search(parts, kind, request); }));
}

}  // namespace opik::api

// Traces and spans read: one by id, a page of a project's, statistics over a project's.

#include <fmt/format.h>

#include <optional>

#include "api/embedded_files.h"
#include "api/errors.h"
#include "api/params.h"
#include "api/routes.h"
#include "base/cpu_time.h"

namespace opik::api {

namespace {

using base::Result;
using http::Method;
using http::Request;
using http::Response;

Result<Response> get_one(const Parts& parts, model::Kind kind, const Request& request) {
  Result<base::Uuid> id = path_id(request);
  if (!id) return id.error();
  Result<std::optional<model::Record>> record = parts.traces.get(kind, store::kDefaultWorkspace, *id);
  if (!record) return record.error();
  if (!*record) return record_not_found(kind, *id);

  const base::CpuTimer timer(parts.counters.encode_ns);
  EmbeddedFiles(parts, request).put_back(**record);
  codec::RecordStyle style;
  style.with_project_name = kind == model::Kind::span;
  std::string body;
  codec::append_record(body, **record, style);
  return json_response(std::move(body));
}

// Encodes records as they are read.
class PageBody : public store::PageSink {
 public:
  PageBody(const Parts& parts, const Request& request, const codec::RecordStyle& style, int64_t page)
      : encode_ns_(parts.counters.encode_ns), page_(page), writer_(body_, style) {
    if (!style.truncate) files_.emplace(parts, request);
  }
  void begin(int64_t rows, int64_t total) override { writer_.begin(page_, rows, total); }
  void add(std::vector<model::Record>& records) override {
    const base::CpuTimer timer(encode_ns_);
    for (model::Record& record : records) {
      if (files_) files_->put_back(record);
    }
    writer_.add(records);
  }
  std::string take(model::Kind kind) {
    writer_.end(query::sortable_by(query::entity_of(kind)));
    return std::move(body_);
  }

 private:
  std::atomic<uint64_t>& encode_ns_;
  const int64_t page_;
  std::optional<EmbeddedFiles> files_;
  std::string body_;
  codec::RecordPageWriter writer_;
};

Result<Response> list(const Parts& parts, model::Kind kind, const Request& request) {
  Result<Paging> paging = read_paging(request);
  if (!paging) return paging.error();
  Result<std::vector<query::SortKey>> sort = read_sort_keys(query::entity_of(kind), request);
  if (!sort) return sort.error();
  Result<codec::RecordStyle> style = read_style(request);
  if (!style) return style.error();
  Result<query::Selection> selection = read_selection(parts.catalog, query::entity_of(kind), request);
  if (!selection) return selection.error();

  query::Window window;
  window.offset = paging->offset();
  window.limit = paging->size;
  window.sort = *std::move(sort);
  PageBody page(parts, request, *style, paging->page);
  const Result<void> read = parts.traces.page(*selection, window, fields_to_read(*style), page);
  if (!read) return read.error();
  return json_response(page.take(kind));
}

Result<Response> stats(const Parts& parts, model::Kind kind, const Request& request) {
  Result<query::Selection> selection = read_selection(parts.catalog, query::entity_of(kind), request);
  if (!selection) return selection.error();
  Result<model::Stats> stats = parts.traces.stats(*selection);
  if (!stats) return stats.error();
  std::string body;
  codec::append_stats(body, kind, *stats);
  return json_response(std::move(body));
}

}  // namespace

void add_record_read_routes(Routes& routes, const Parts& parts, model::Kind kind) {
  const auto with = [parts, kind](Result<Response> (*answer)(const Parts&, model::Kind, const Request&)) {
    return answered([parts, kind, answer](const Request& request) { return answer(parts, kind, request); });
  };
  const std::string path = fmt::format("/v1/private/{}s", model::kind_name(kind));
  routes.add(Method::get, path, with(list));
  routes.add(Method::get, path + "/stats", with(stats));
  routes.add(Method::get, path + "/{id}", with(get_one));
}

}  // namespace opik::api

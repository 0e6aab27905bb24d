// Traces and spans read: one by id, a page of a project's, statistics over a project's.

#include <fmt/format.h>

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
  Result<store::RecordPage> page = parts.traces.page(*selection, window, fields_to_read(*style));
  if (!page) return page.error();

  const base::CpuTimer timer(parts.counters.encode_ns);
  if (!style->truncate) {
    EmbeddedFiles files(parts, request);
    for (model::Record& record : page->records) files.put_back(record);
  }
  std::string body;
  codec::append_record_page(body, page->records, *style, paging->page, page->total, query::sortable_by(query::entity_of(kind)));
  return json_response(std::move(body));
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

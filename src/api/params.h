#pragma once
// What stands in a path and behind its question mark, read and checked.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "codec/decode.h"
#include "codec/encode.h"
#include "http/message.h"
#include "model/record.h"
#include "query/selection.h"
#include "store/catalog.h"

namespace opik::api {

// {id} of the path, or another part of it. Not an id: not a path that exists.
base::Result<base::Uuid> path_id(const http::Request& request, std::string_view name = "id");

base::Result<std::optional<base::Uuid>> query_id(const http::Request& request, std::string_view name);
// Empty if absent.
std::string query_text(const http::Request& request, std::string_view name);
bool query_flag(const http::Request& request, std::string_view name);

struct Paging {
  int64_t page = 1;
  int64_t size = 10;
  int64_t offset() const { return (page - 1) * size; }
};
base::Result<Paging> read_paging(const http::Request& request, int64_t default_size = Paging{}.size);

// The API's base URL as the client sees it, which it says in base64: without slashes behind.
base::Result<std::string> read_base_url(std::string_view base64);

// `exclude` and `truncate`.
base::Result<codec::RecordStyle> read_style(const http::Request& request);

// What the store must read for that: payloads that are left out need not be.
model::FieldSet fields_to_read(const codec::RecordStyle& style);

// The entries of `sorting`.
base::Result<std::vector<codec::Sorting>> read_sorting(const http::Request& request);
// The same, as keys to sort by: what they cannot be sorted by is left out, as Opik does.
base::Result<std::vector<query::SortKey>> read_sort_keys(query::Entity entity, const http::Request& request);

// Which project, by id or else by name; one must be there.
struct ProjectRef {
  std::string name;
  std::optional<base::Uuid> id;
};
base::Result<model::Project> find_project(const store::CatalogReader& catalog, const ProjectRef& ref);

// A time range is one of ids, whose first bits are milliseconds.
struct TimeRange {
  std::optional<int64_t> from_ms;
  std::optional<int64_t> to_ms;
};
base::Result<void> apply_time_range(const TimeRange& range, query::Selection& selection);

// A filter, in JSON or in Opik's query language; an empty text is an empty filter.
base::Result<query::Filter> read_filter(query::Entity entity, std::string_view text);

// Project, filters, search, time range and, for spans, trace and type.
base::Result<query::Selection> read_selection(const store::CatalogReader& catalog, query::Entity entity, const http::Request& request);
// The same, from the body of a search.
base::Result<query::Selection> search_selection(const store::CatalogReader& catalog, query::Entity entity,
                                                const codec::SearchRequest& asked);

base::Error record_not_found(model::Kind kind, const base::Uuid& id);

}  // namespace opik::api

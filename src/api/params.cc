#include "api/params.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "api/errors.h"
#include "api/limits.h"
#include "codec/base64.h"
#include "store/trace_store.h"

namespace opik::api {

namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr std::array<std::string_view, 4> kSpanTypes{"general", "tool", "llm", "guardrail"};
constexpr int64_t kNsPerMs = 1'000'000;

struct Bounds {
  int64_t least;
  int64_t most;
};

Result<int64_t> query_number(const http::Request& request, std::string_view name, int64_t otherwise, Bounds bounds) {
  const std::optional<std::string_view> text = request.query_value(name);
  if (!text || text->empty()) return otherwise;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (end != text->data() + text->size() || error == std::errc::invalid_argument) {
    return Error{Code::invalid, fmt::format("query param {} must be a whole number, found '{}'", name, *text)};
  }
  if (error == std::errc::result_out_of_range) value = text->front() == '-' ? bounds.least - 1 : bounds.most + 1;
  if (value < bounds.least)
    return Error{Code::invalid, fmt::format("query param {} must be greater than or equal to {}", name, bounds.least)};
  if (value > bounds.most) return Error{Code::invalid, fmt::format("query param {} must be less than or equal to {}", name, bounds.most)};
  return value;
}

Result<std::optional<int64_t>> query_instant_ms(const http::Request& request, std::string_view name) {
  const std::optional<std::string_view> text = request.query_value(name);
  if (!text || text->empty()) return std::optional<int64_t>{};
  const std::optional<int64_t> ns = codec::parse_instant_ns(*text);
  if (!ns) return Error{Code::malformed, fmt::format("Invalid query param {} '{}': expected an ISO-8601 instant with a zone", name, *text)};
  return std::optional<int64_t>(*ns >= 0 ? *ns / kNsPerMs : (*ns - (kNsPerMs - 1)) / kNsPerMs);
}

// A URL that may stand in a header: http or https, printable, without blanks, quotes or brackets.
bool is_base_url(std::string_view url) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) return false;
  for (const char c : url) {
    if (c <= ' ' || c > '~' || c == '"' || c == '<' || c == '>' || c == '\\') return false;
  }
  return true;
}

}  // namespace

Result<std::string> read_base_url(std::string_view base64) {
  std::optional<std::string> url = codec::decode_base64_lenient(base64);
  if (!url || !is_base_url(*url)) return Error{Code::malformed, "Invalid base URL format"};
  while (url->ends_with('/')) url->pop_back();
  return *std::move(url);
}

Result<base::Uuid> path_id(const http::Request& request, std::string_view name) {
  const std::optional<base::Uuid> id = base::Uuid::parse(request.path_param(name));
  if (!id) return Error{Code::not_found, std::string(kNoSuchPath)};
  return *id;
}

Result<std::optional<base::Uuid>> query_id(const http::Request& request, std::string_view name) {
  const std::optional<std::string_view> text = request.query_value(name);
  if (!text || text->empty()) return std::optional<base::Uuid>{};
  const std::optional<base::Uuid> id = base::Uuid::parse(*text);
  if (!id) return Error{Code::not_found, std::string(kNoSuchPath)};
  return id;
}

std::string query_text(const http::Request& request, std::string_view name) { return std::string(request.query_value(name).value_or("")); }

bool query_flag(const http::Request& request, std::string_view name) {
  const std::string_view text = request.query_value(name).value_or("");
  return text == "true" || text == "True" || text == "1";
}

Result<Paging> read_paging(const http::Request& request, int64_t default_size) {
  const Paging paging{1, default_size};
  Result<int64_t> page = query_number(request, "page", paging.page, {1, kPageNumberMax});
  if (!page) return page.error();
  Result<int64_t> size = query_number(request, "size", paging.size, {1, kPageSizeMax});
  if (!size) return size.error();
  return Paging{*page, *size};
}

Result<codec::RecordStyle> read_style(const http::Request& request) {
  codec::RecordStyle style;
  style.truncate = query_flag(request, "truncate");
  const std::string_view exclude = request.query_value("exclude").value_or("");
  if (exclude.empty()) return style;
  Result<std::vector<std::string>> names = codec::decode_names(exclude);
  if (!names) return Error{Code::malformed, fmt::format("Invalid query param exclude '{}'", exclude)};
  style.exclude = *std::move(names);
  return style;
}

model::FieldSet fields_to_read(const codec::RecordStyle& style) {
  model::FieldSet fields = model::FieldSet::all();
  model::each_field([&](model::Field field) {
    const bool excluded = std::find(style.exclude.begin(), style.exclude.end(), model::field_name(field)) != style.exclude.end();
    // The narrow fields are read anyway, and other members are computed from them.
    if (excluded && model::kPayloadFields.has(field)) fields.remove(field);
  });
  return fields;
}

Result<std::vector<codec::Sorting>> read_sorting(const http::Request& request) {
  const std::string_view text = request.query_value("sorting").value_or("");
  if (text.empty()) return std::vector<codec::Sorting>{};
  Result<std::vector<codec::Sorting>> sorting = codec::decode_sorting(text);
  if (!sorting) return Error{Code::malformed, fmt::format("Invalid sorting query parameter '{}'", text)};
  return sorting;
}

Result<std::vector<query::SortKey>> read_sort_keys(query::Entity entity, const http::Request& request) {
  Result<std::vector<codec::Sorting>> sorting = read_sorting(request);
  if (!sorting) return sorting.error();
  std::vector<query::SortEntryText> entries;
  for (codec::Sorting& entry : *sorting) entries.push_back({std::move(entry.field), entry.descending});
  return query::plan_sort(entity, entries);
}

Result<query::Filter> read_filter(query::Entity entity, std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\n\r");
  if (begin == std::string_view::npos) return query::Filter{};
  if (text[begin] != '[' && text[begin] != '{') {
    Result<query::Ast> ast = query::parse_oql(text);
    if (!ast) return ast.error();
    return query::plan_filter(entity, *ast);
  }
  Result<std::vector<codec::FilterText>> filters = codec::decode_filters(text);
  if (!filters) return Error{Code::malformed, fmt::format("{}: {}", query::refusal(text), filters.error().message)};
  query::Ast ast{query::Ast::Form::json, std::string(text), {}};
  for (codec::FilterText& filter : *filters) {
    query::Comparison& comparison = ast.comparisons.emplace_back();
    comparison.field = std::move(filter.field);
    comparison.key = std::move(filter.key);
    comparison.op = std::move(filter.op);
    comparison.has_value = filter.value.has_value();
    comparison.value = std::move(filter.value).value_or("");
    comparison.where = fmt::format("filter {}", ast.comparisons.size());
  }
  return query::plan_filter(entity, ast);
}

Result<model::Project> find_project(const store::CatalogReader& catalog, const ProjectRef& ref) {
  if (!ref.id && ref.name.empty()) {
    return Error{Code::malformed, "Either 'project_name' or 'project_id' query params must be provided"};
  }
  Result<std::optional<model::Project>> found =
      ref.id ? catalog.project_by_id(store::kDefaultWorkspace, *ref.id) : catalog.project_by_name(store::kDefaultWorkspace, ref.name);
  if (!found) return found.error();
  if (*found) return **std::move(found);
  return Error{Code::not_found,
               ref.id ? fmt::format("Project id: {} not found", ref.id->text()) : fmt::format("Project name: {} not found", ref.name)};
}

Result<void> apply_time_range(const TimeRange& range, query::Selection& selection) {
  if (range.from_ms && range.to_ms && *range.from_ms >= *range.to_ms) {
    return Error{Code::malformed, "Parameter 'from_time' must be before 'to_time'"};
  }
  // Ids know no time before 1970.
  if (range.from_ms) selection.id_from = base::Uuid::least_at_ms(std::max<int64_t>(*range.from_ms, 0));
  if (range.to_ms) selection.id_to = *range.to_ms < 0 ? base::Uuid{} : base::Uuid::greatest_at_ms(*range.to_ms);
  return {};
}

Result<query::Selection> read_selection(const store::CatalogReader& catalog, query::Entity entity, const http::Request& request) {
  query::Selection selection;
  selection.kind = entity == query::Entity::span ? model::Kind::span : model::Kind::trace;
  selection.workspace = store::kDefaultWorkspace;

  Result<std::optional<base::Uuid>> project_id = query_id(request, "project_id");
  if (!project_id) return project_id.error();

  Result<query::Filter> filter = read_filter(entity, request.query_value("filters").value_or(""));
  if (!filter) return filter.error();
  selection.filter = *std::move(filter);

  Result<std::optional<int64_t>> from_ms = query_instant_ms(request, "from_time");
  if (!from_ms) return from_ms.error();
  Result<std::optional<int64_t>> to_ms = query_instant_ms(request, "to_time");
  if (!to_ms) return to_ms.error();
  if (Result<void> ranged = apply_time_range({*from_ms, *to_ms}, selection); !ranged) return ranged.error();

  if (entity == query::Entity::span) {
    Result<std::optional<base::Uuid>> trace_id = query_id(request, "trace_id");
    if (!trace_id) return trace_id.error();
    selection.trace_id = *trace_id;
    if (const std::string type = query_text(request, "type"); !type.empty()) {
      if (std::find(kSpanTypes.begin(), kSpanTypes.end(), type) == kSpanTypes.end()) {
        return Error{Code::malformed, fmt::format("Invalid query param type '{}': expected general, tool, llm or guardrail", type)};
      }
      selection.type = type;
    }
  }
  selection.search = query_text(request, "search");

  Result<model::Project> project = find_project(catalog, {query_text(request, "project_name"), *project_id});
  if (!project) return project.error();
  selection.project = project->number;
  return selection;
}

Result<query::Selection> search_selection(const store::CatalogReader& catalog, query::Entity entity, const codec::SearchRequest& asked) {
  query::Selection selection;
  selection.kind = entity == query::Entity::span ? model::Kind::span : model::Kind::trace;
  selection.workspace = store::kDefaultWorkspace;
  selection.trace_id = asked.trace_id;
  selection.type = asked.type;
  Result<query::Filter> filter = read_filter(entity, asked.filters);
  if (!filter) return filter.error();
  selection.filter = *std::move(filter);
  if (Result<void> ranged = apply_time_range({asked.from_time_ms, asked.to_time_ms}, selection); !ranged) return ranged.error();
  Result<model::Project> project = find_project(catalog, {asked.project_name, asked.project_id});
  if (!project) return project.error();
  selection.project = project->number;
  return selection;
}

Error record_not_found(model::Kind kind, const base::Uuid& id) {
  return {Code::not_found, fmt::format("{} id: {} not found", kind == model::Kind::trace ? "Trace" : "Span", id.text())};
}

}  // namespace opik::api

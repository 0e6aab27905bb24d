#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "codec/body.h"
#include "codec/decode.h"
#include "codec/reader.h"
#include "codec/slice.h"
#include "model/limits.h"

// The small requests: lists of ids, projects, searches.

namespace opik::codec {
namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr std::array<std::string_view, 2> kVisibilities{"private", "public"};
constexpr int64_t kUuidMsMax = (int64_t{1} << 48) - 1;

// The milliseconds of a UUIDv7 that the instant falls into.
std::optional<int64_t> read_time_ms(Reader& in, Key key) {
  const std::optional<base::Instant> instant = in.instant(key);
  if (!instant) return std::nullopt;
  return std::clamp(instant->seconds * 1000 + instant->nanos / 1'000'000, int64_t{0}, kUuidMsMax);
}

// Which filters there are is looked at elsewhere (decode_filters): here they are a text.
std::string read_filters(Reader& in) {
  const Slice& slice = in.slice(Key::filters);
  if (slice.is_null()) return {};
  if (type_of(slice.text) == JsonType::string) return in.text(Key::filters).value_or("");
  return in.has_elements(Key::filters) ? std::string(slice.text) : std::string{};
}

}  // namespace

Result<IdList> decode_ids(const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  in.require(Key::ids);
  std::optional<std::vector<base::Uuid>> ids = in.uuids(Key::ids);
  const std::optional<base::Uuid> project_id = in.uuid(Key::project_id);
  if (in.failed()) return in.error();
  return IdList{*std::move(ids), project_id};
}

Result<ProjectWrite> decode_project(const base::PaddedBuffer& body, bool creating) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  if (creating) in.require(Key::name);
  ProjectWrite project{in.text_not_blank(Key::name), in.text_as_is(Key::description), in.one_of(Key::visibility, kVisibilities)};
  if (project.name) in.limit(Key::name, *project.name, model::kProjectNameCharsMax);
  if (project.description) in.limit(Key::description, *project.description, model::kDescriptionCharsMax);
  if (in.failed()) return in.error();
  return project;
}

Result<std::string> decode_project_name(const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  in.require(Key::name);
  std::optional<std::string> name = in.text_not_blank(Key::name);
  if (in.failed()) return in.error();
  return *std::move(name);
}

Result<SearchRequest> decode_search(model::Kind kind, const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  SearchRequest search;
  search.project_name = in.text(Key::project_name).value_or("");
  search.project_id = in.uuid(Key::project_id);
  if (kind == model::Kind::span) {
    search.trace_id = in.uuid(Key::trace_id);
    search.type = in.one_of(Key::type, kSpanTypes);
  }
  search.filters = read_filters(in);
  search.last_retrieved_id = in.uuid(Key::last_retrieved_id);
  search.last_retrieved_thread = in.text(Key::last_retrieved_thread_model_id);
  search.limit = in.integer(Key::limit, 1, model::kSearchLimitMax).value_or(search.limit);
  search.truncate = in.boolean(Key::truncate).value_or(search.truncate);
  search.strip_attachments = in.boolean(Key::strip_attachments).value_or(search.strip_attachments);
  search.exclude = in.texts(Key::exclude).value_or(search.exclude);
  search.from_time_ms = read_time_ms(in, Key::from_time);
  search.to_time_ms = read_time_ms(in, Key::to_time);
  if (in.failed()) return in.error();
  if (search.from_time_ms && search.to_time_ms && *search.from_time_ms >= *search.to_time_ms) {
    return Error{Code::malformed, "Parameter 'from_time' must be before 'to_time'"};
  }
  return search;
}

}  // namespace opik::codec

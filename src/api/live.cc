#include "api/live.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "api/errors.h"
#include "api/limits.h"
#include "api/params.h"
#include "api/routes.h"
#include "base/uuid.h"
#include "codec/live_event.h"
#include "model/field.h"

// How it works. Every change gets a number; its text stands in recent_ and in the queue of each subscriber of its project. An event's id
// is the run of this process and the number: a client that comes back with one is given what is in recent_ behind it, if nothing is
// missing between; else it is told to load anew. Listening goes on for a while without subscribers, so that one who lost the
// connection misses nothing.

namespace opik::api {

namespace {

using base::Code;
using base::Error;
using base::Result;
using store::TraceChange;

constexpr int64_t kAlways = std::numeric_limits<int64_t>::max();

int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string_view name_of(TraceChange::What what) {
  constexpr std::string_view kNames[] = {"created", "updated", "deleted"};
  return kNames[static_cast<size_t>(what)];
}

std::vector<std::string_view> changed_members(const TraceChange& change) {
  std::vector<std::string_view> members;
  if (change.what != TraceChange::What::updated) return members;
  model::each_field([&](model::Field field) {
    if (change.fields.has(field) && !model::kPlaceFields.has(field)) members.push_back(model::field_name(field));
  });
  if (change.spans) members.emplace_back("spans");
  if (change.scores) members.emplace_back("feedback_scores");
  return members;
}

std::string reload_event(std::string_view id) { return fmt::format("id: {}\nevent: reload\ndata: {{}}\n\n", id); }

// At most kLiveNameBytesMax of it, whole characters.
std::string_view shortened(std::string_view name) {
  if (name.size() <= kLiveNameBytesMax) return name;
  size_t end = kLiveNameBytesMax;
  while (end > 0 && (static_cast<uint8_t>(name[end]) & 0xc0) == 0x80) --end;
  return name.substr(0, end);
}

void append_event(std::string& out, std::string_view id, const TraceChange& change) {
  fmt::format_to(std::back_inserter(out), "id: {}\nevent: trace\ndata: ", id);
  codec::append_live_event(
      out, {change.id, name_of(change.what), shortened(change.name), change.start_time_ns, change.end_time_ns, changed_members(change)});
  out += "\n\n";
}

}  // namespace

LiveTraces::LiveTraces() : run_(base::Uuid::v7().text().substr(0, 13)) {}
LiveTraces::~LiveTraces() = default;

bool LiveTraces::is_listening() const {
  const int64_t until_ns = listening_until_ns_.load(std::memory_order_relaxed);
  if (until_ns == 0 || until_ns == kAlways) return until_ns != 0;
  return steady_ns() < until_ns;
}

void LiveTraces::committed(std::vector<TraceChange> changes) {
  const std::lock_guard lock(mutex_);
  for (const TraceChange& change : changes) {
    Event event{++last_number_, change.project, {}};
    append_event(event.text, id_of(event.number), change);
    ++events_;
    for (const Subscriber& subscriber : subscribers_) {
      if (subscriber.project == change.project) subscriber.stream->push(event.text);
    }
    keep(std::move(event));
  }
  forget_gone();
}

// The transaction had begun when the first subscriber came: what it changed is not known.
void LiveTraces::missed() {
  const std::lock_guard lock(mutex_);
  begin_anew();
  const std::string text = reload_event(id_of(last_number_));
  for (const Subscriber& subscriber : subscribers_) subscriber.stream->push(text);
  forget_gone();
}

void LiveTraces::keep(Event event) {
  recent_bytes_ += event.text.size();
  recent_.push_back(std::move(event));
  while (recent_bytes_ > kLiveRecentBytesMax) {
    gap_before_ = recent_.front().number;
    recent_bytes_ -= recent_.front().text.size();
    recent_.pop_front();
  }
}

// No event up to now can be gone on from.
void LiveTraces::begin_anew() {
  recent_.clear();
  recent_bytes_ = 0;
  gap_before_ = ++last_number_;
}

Result<std::shared_ptr<http::PushStream>> LiveTraces::subscribe(int64_t project, std::string_view last_event_id) {
  const std::lock_guard lock(mutex_);
  forget_gone();
  if (subscribers_.size() >= kLiveSubscribersMax) {
    return Error{Code::busy, fmt::format("Too Many Requests: there are {} subscribers already", kLiveSubscribersMax)};
  }
  if (!is_listening()) begin_anew();  // what was changed meanwhile is not known
  auto stream = std::make_shared<http::PushStream>(http::PushStream::Shape{kLiveBytesMax, ":\n\n", kLiveBeat});
  std::string first = fmt::format("retry: {}\n\n", kLiveRetry.count());
  const std::optional<uint64_t> last = number_of(last_event_id);
  const bool is_known = last && *last >= gap_before_ && *last <= last_number_;
  if (!last_event_id.empty() && !is_known) first += reload_event(id_of(last_number_));
  if (last_event_id.empty()) first += fmt::format("id: {}\nevent: ready\ndata: {{}}\n\n", id_of(last_number_));
  stream->push(first);
  if (is_known) {
    for (const Event& event : recent_) {
      if (event.number > *last && event.project == project) stream->push(event.text);
    }
  }
  subscribers_.push_back({project, stream});
  listening_until_ns_.store(kAlways, std::memory_order_relaxed);
  return stream;
}

LiveTraces::Counters LiveTraces::counters() const {
  const std::lock_guard lock(mutex_);
  const auto open = std::count_if(subscribers_.begin(), subscribers_.end(), [](const Subscriber& s) { return s.stream->is_open(); });
  const auto dropped = std::count_if(subscribers_.begin(), subscribers_.end(), [](const Subscriber& s) { return s.stream->was_dropped(); });
  return {open, events_, dropped_ + static_cast<uint64_t>(dropped)};
}

void LiveTraces::forget_gone() {
  const size_t before = subscribers_.size();
  std::erase_if(subscribers_, [&](const Subscriber& subscriber) {
    if (subscriber.stream->is_open()) return false;
    dropped_ += subscriber.stream->was_dropped();
    return true;
  });
  if (before > 0 && subscribers_.empty()) {
    listening_until_ns_.store(steady_ns() + std::chrono::nanoseconds(kLiveLinger).count(), std::memory_order_relaxed);
  }
}

std::string LiveTraces::id_of(uint64_t number) const { return fmt::format("{}.{}", run_, number); }

std::optional<uint64_t> LiveTraces::number_of(std::string_view id) const {
  if (!id.starts_with(run_) || id.size() <= run_.size() + 1 || id[run_.size()] != '.') return std::nullopt;
  uint64_t number = 0;
  const char* const end = id.data() + id.size();
  const auto [stop, error] = std::from_chars(id.data() + run_.size() + 1, end, number);
  return error == std::errc{} && stop == end ? std::optional(number) : std::nullopt;
}

namespace {

// `project` is an id or a name; project_id and project_name are as everywhere.
Result<ProjectRef> read_project(const http::Request& request) {
  const std::string text = query_text(request, "project");
  if (!text.empty()) {
    const std::optional<base::Uuid> id = base::Uuid::parse(text);
    return id ? ProjectRef{{}, id} : ProjectRef{text, {}};
  }
  Result<std::optional<base::Uuid>> id = query_id(request, "project_id");
  if (!id) return id.error();
  return ProjectRef{query_text(request, "project_name"), *id};
}

Result<http::Response> subscribe(const Parts& parts, const http::Request& request) {
  Result<ProjectRef> ref = read_project(request);
  if (!ref) return ref.error();
  Result<model::Project> project = find_project(parts.catalog, *ref);
  if (!project) return project.error();
  const std::string last_event_id(request.header("last-event-id").value_or(request.query_value("last_event_id").value_or("")));
  Result<std::shared_ptr<http::PushStream>> stream = parts.live->subscribe(project->number, last_event_id);
  if (!stream) return stream.error();
  http::Response response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("Cache-Control", "no-cache");
  response.headers.emplace_back("X-Accel-Buffering", "no");  // a proxy in between hands on what comes, as it comes
  response.push = *std::move(stream);
  return response;
}

}  // namespace

void add_live_routes(Routes& routes, const Parts& parts) {
  routes.add(http::Method::get, "/v1/private/traces/live", with(parts, subscribe));
}

}  // namespace opik::api

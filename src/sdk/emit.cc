#include "sdk/emit.h"

namespace opik::sdk {
namespace {

constexpr std::string_view kBadId = "id is not a version 7 UUID";

std::string_view type_name(SpanType type) {
  switch (type) {
    case SpanType::general:
      return "general";
    case SpanType::tool:
      return "tool";
    case SpanType::llm:
      return "llm";
    case SpanType::guardrail:
      return "guardrail";
  }
  return {};
}

int64_t ns_of(Time time) { return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count(); }

// The server wants a type and a traceback of every error.
Value error_value(const ErrorInfo& error) {
  Value value;
  value.set("exception_type", error.exception_type);
  if (!error.message.empty()) value.set("message", error.message);
  value.set("traceback", !error.traceback.empty() ? error.traceback : !error.message.empty() ? error.message : error.exception_type);
  return value;
}

void write(Channel* channel, CallHead& head, const CallWriter& writer) noexcept {
  Core* core = channel->core;
  if (channel->root->clients.load(std::memory_order_relaxed) <= 0) [[unlikely]]
    return core->engine().lose(true);
  ThreadTape* tape = thread_state.tape(core);
  if (tape == nullptr || !writer.write(tape->tape, head)) [[unlikely]]
    core->engine().lose(false);
  if (tape != nullptr) thread_state.done(tape);
  if (channel->eager) core->engine().wake();
}

// What traces and spans have in common. Holds what the writer points to.
struct Common {
  int64_t start_ns = 0;
  int64_t end_ns = 0;
  Value error;

  template <class Data>
  void add(CallWriter& writer, const Data& data) noexcept {
    writer.text(Field::name, data.name);
    if (data.start_time != Time{}) writer.time(Field::start_time, start_ns = ns_of(data.start_time));
    if (data.end_time != Time{}) writer.time(Field::end_time, end_ns = ns_of(data.end_time));
    writer.value(Field::input, data.input);
    writer.value(Field::output, data.output);
    writer.value(Field::metadata, data.metadata);
    writer.value(Field::tags, data.tags.list());
    if (data.time_to_first_token_ms) writer.number(Field::ttft, *data.time_to_first_token_ms);
    if (!data.error_info.exception_type.empty()) {
      error = error_value(data.error_info);
      writer.value(Field::error_info, error);
    }
  }
};

void add_span_fields(CallWriter& writer, const SpanData& data) noexcept {
  if (data.type) writer.text(Field::type, type_name(*data.type));
  writer.text(Field::model, data.model);
  writer.text(Field::provider, data.provider);
  writer.value(Field::usage, data.usage);
  if (data.total_cost) writer.number(Field::total_estimated_cost, *data.total_cost);
}

Id id_of(const base::Uuid& uuid) {
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), uuid.bytes().data(), 16);
  return Id(bytes);
}

// The id and the tick of what begins. To a new id nothing can have happened before, so a tick that is early does no harm.
struct Beginning {
  uint64_t tick;
  base::Uuid id;
};
Beginning begin(const Id& given) noexcept {
  if (given) return {read_ticks(), uuid_of(given)};
  const uint64_t tick = read_ticks_early();
  return {tick, thread_state.new_id(wall_ns(tick))};
}

}  // namespace

base::Uuid uuid_of(const Id& id) noexcept { return base::Uuid(id.bytes()); }

bool is_sampled(const Channel* channel, const Id& trace_id) noexcept {
  if (channel->sample_below == UINT64_MAX) return true;
  uint64_t tail;
  std::memcpy(&tail, trace_id.bytes().data() + 8, sizeof tail);
  return __builtin_bswap64(tail) << 2 < channel->sample_below;  // without the two bits of the variant
}

void refuse(Channel* channel, const Id& id, std::string_view reason) noexcept {
  CallHead head{.op = Op::refuse, .tick = read_ticks(), .channel = channel, .id = uuid_of(id)};
  CallWriter writer;
  writer.text(Field::reason, reason);
  write(channel, head, writer);
}

Trace begin_trace(Channel* channel, const TraceData& data) noexcept {
  if (channel == nullptr || !is_tracing_active()) return {};
  if (data.id && !data.id.valid()) return refuse(channel, data.id, kBadId), Trace();
  channel = Core::with_project(channel, data.project_name);
  const Beginning beginning = begin(data.id);
  const Id id = id_of(beginning.id);
  if (!is_sampled(channel, id)) return HandleAccess::trace(nullptr, id);
  CallHead head{.op = Op::create, .kind = Kind::trace, .tick = beginning.tick, .channel = channel, .id = beginning.id};
  CallWriter writer;
  Common common;
  common.add(writer, data);
  writer.text(Field::thread_id, data.thread_id);
  write(channel, head, writer);
  return HandleAccess::trace(channel, id);
}

Span begin_span(const Place& place, const SpanData& data) noexcept {
  if (place.channel == nullptr || !is_tracing_active()) return {};
  if (data.id && !data.id.valid()) return refuse(place.channel, data.id, kBadId), Span();
  Channel* channel = Core::with_project(place.channel, data.project_name);
  const Beginning beginning = begin(data.id);
  CallHead head{.op = Op::create,
                .kind = Kind::span,
                .tick = beginning.tick,
                .channel = channel,
                .id = beginning.id,
                .trace_id = uuid_of(place.trace_id),
                .parent_id = uuid_of(place.parent_id)};
  CallWriter writer;
  Common common;
  common.add(writer, data);
  add_span_fields(writer, data);
  write(channel, head, writer);
  return HandleAccess::span(channel, place.trace_id, place.parent_id, id_of(beginning.id));
}

void update_trace(const Trace& trace, const TraceData& data, Op op, Method method) noexcept {
  Channel* channel = HandleAccess::channel(trace);
  if (channel == nullptr) return;
  CallHead head{.op = op, .kind = Kind::trace, .method = method, .tick = read_ticks(), .channel = channel, .id = uuid_of(trace.id())};
  CallWriter writer;
  Common common;
  common.add(writer, data);
  writer.text(Field::thread_id, data.thread_id);
  write(channel, head, writer);
}

void update_span(const Span& span, const SpanData& data, Op op, Method method) noexcept {
  Channel* channel = HandleAccess::channel(span);
  if (channel == nullptr) return;
  CallHead head{.op = op,
                .kind = Kind::span,
                .method = method,
                .tick = read_ticks(),
                .channel = channel,
                .id = uuid_of(span.id()),
                .trace_id = uuid_of(span.trace_id()),
                .parent_id = uuid_of(span.parent_span_id())};
  CallWriter writer;
  Common common;
  common.add(writer, data);
  add_span_fields(writer, data);
  write(channel, head, writer);
}

void log_score(Channel* channel, Kind kind, const Score& score) noexcept {
  if (channel == nullptr) return;
  if (kind != Kind::thread_score && !score.id.valid()) return refuse(channel, score.id, kBadId);
  if (score.name.empty() || (kind == Kind::thread_score && score.thread_id.empty()))
    return refuse(channel, score.id, "score without a name or a thread");
  channel = Core::with_project(channel, score.project_name);
  CallHead head{.op = Op::score, .kind = kind, .tick = read_ticks(), .channel = channel, .id = uuid_of(score.id)};
  CallWriter writer;
  writer.text(Field::name, score.name);
  writer.number(Field::value, score.value);
  writer.text(Field::category_name, score.category_name);
  writer.text(Field::reason, score.reason);
  if (kind == Kind::thread_score) writer.text(Field::thread_id, score.thread_id);
  write(channel, head, writer);
}

void log_attachment(Channel* channel, bool is_span, const Id& id, const Attachment& attachment) noexcept {
  if (channel == nullptr) return;
  if (!id.valid()) return refuse(channel, id, kBadId);
  if (attachment.path.empty() && attachment.bytes.empty()) return refuse(channel, id, "attachment without path and bytes");
  CallHead head{.op = Op::attach, .kind = Kind::attachment, .tick = read_ticks(), .channel = channel, .id = uuid_of(id)};
  CallWriter writer;
  writer.text(Field::path, attachment.path);
  if (attachment.path.empty()) writer.text(Field::bytes, attachment.bytes);
  writer.text(Field::file_name, attachment.file_name);
  writer.text(Field::content_type, attachment.content_type);
  if (is_span) writer.text(Field::is_span, "1");
  write(channel, head, writer);
}

}  // namespace opik::sdk

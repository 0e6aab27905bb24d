#include "sdk/emit.h"

#include <cassert>
#include <initializer_list>
#include <type_traits>

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

// Puts a call on the thread's tape: `make_head` gives its CallHead, `fill` is given a CallWriter and writes at most `fields_bytes_max`
// bytes of fields. Inlined, and the head made in its place, for it is a fifth of the work: put together on the stack by small stores
// and then copied by wide loads, it would wait for the stores.
template <class MakeHead, class Fill>
[[gnu::always_inline]] inline void write(Channel* channel, MakeHead&& make_head, size_t fields_bytes_max, Fill&& fill) noexcept {
  Core* core = channel->core;
  if (channel->root->clients.load(std::memory_order_relaxed) <= 0) [[unlikely]]
    return core->engine().lose(true);
  ThreadTape* tape = thread_state.tape(core);
  const size_t bytes_max = sizeof(CallHead) + fields_bytes_max;
  char* to = tape != nullptr && bytes_max <= UINT32_MAX / 2 ? tape->tape.reserve(static_cast<uint32_t>(bytes_max)) : nullptr;
  if (to != nullptr) [[likely]] {
    CallHead* head = new (to) CallHead(make_head());
    CallWriter writer(to + sizeof(CallHead));
    fill(writer);
    assert(writer.end() <= to + bytes_max);
    head->bytes = static_cast<uint32_t>(writer.end() - to);
    head->fields = writer.count();
    tape->tape.commit(head->bytes);
  } else {
    core->engine().lose(false);
  }
  if (tape != nullptr) thread_state.done(tape);
  if (channel->eager) core->engine().wake();
}

// The fields of a trace or a span: two functions that list the same, so that the room is known before it is filled.
template <class Data>
class Fields {
 public:
  explicit Fields(const Data& data) noexcept : data_(data) {
    if (!data.error_info.exception_type.empty()) error_ = error_value(data.error_info);
  }

  size_t bytes_max() const noexcept {
    const auto sum = [](const auto&... fields) { return (CallWriter::bytes_max(fields) + ...); };
    const size_t common = 3 * CallWriter::kNumberBytesMax +
                          sum(data_.name, data_.input, data_.output, data_.metadata, data_.tags.list(), error_, data_.source);
    if constexpr (kIsSpan) {
      return common + CallWriter::kNumberBytesMax + CallWriter::bytes_max(kTypeBytesMax) + sum(data_.model, data_.provider, data_.usage);
    } else {
      return common + sum(data_.thread_id);
    }
  }

  [[gnu::always_inline]] void write(CallWriter& writer) const noexcept {
    writer.text(Field::name, data_.name);
    if (data_.start_time != Time{}) writer.time(Field::start_time, ns_of(data_.start_time));
    if (data_.end_time != Time{}) writer.time(Field::end_time, ns_of(data_.end_time));
    writer.value(Field::input, data_.input);
    writer.value(Field::output, data_.output);
    writer.value(Field::metadata, data_.metadata);
    writer.value(Field::tags, data_.tags.list());
    if (data_.time_to_first_token_ms) writer.number(Field::ttft, *data_.time_to_first_token_ms);
    writer.value(Field::error_info, error_);
    writer.text(Field::source, data_.source);
    if constexpr (kIsSpan) {
      if (data_.type) writer.text(Field::type, type_name(*data_.type));
      writer.text(Field::model, data_.model);
      writer.text(Field::provider, data_.provider);
      writer.value(Field::usage, data_.usage);
      if (data_.total_cost) writer.number(Field::total_estimated_cost, *data_.total_cost);
    } else {
      writer.text(Field::thread_id, data_.thread_id);
    }
  }

 private:
  static constexpr bool kIsSpan = std::is_same_v<Data, SpanData>;
  static constexpr size_t kTypeBytesMax = 16;

  const Data& data_;
  Value error_;
};

template <class MakeHead, class Data>
[[gnu::always_inline]] inline void write(Channel* channel, MakeHead&& make_head, const Data& data) noexcept {
  const Fields<Data> fields(data);
  write(channel, make_head, fields.bytes_max(), [&](CallWriter& writer) { fields.write(writer); });
}

// Of texts alone: what scores, attachments and refusals have.
inline size_t texts_bytes_max(std::initializer_list<std::string_view> texts) noexcept {
  size_t bytes = 0;
  for (const std::string_view text : texts) bytes += CallWriter::bytes_max(text);
  return bytes;
}

Id id_of(const base::Uuid& uuid) {
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), uuid.bytes().data(), 16);
  return Id(bytes);
}

inline Channel* in_project(Channel* channel, std::string_view project) noexcept {
  return project.empty() ? channel : Core::with_project(channel, project);
}

// The id and the tick of what begins. To a new id nothing can have happened before, so a tick that is early does no harm.
struct Beginning {
  uint64_t tick;
  base::Uuid id;
};
[[gnu::always_inline]] inline Beginning begin(const Id& given) noexcept {
  if (given) [[unlikely]]
    return {read_ticks(), uuid_of(given)};
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
  const auto head = [&] { return CallHead{.op = Op::refuse, .tick = read_ticks(), .channel = channel, .id = uuid_of(id)}; };
  write(channel, head, texts_bytes_max({reason}), [&](CallWriter& writer) { writer.text(Field::reason, reason); });
}

Trace begin_trace(Channel* channel, const TraceData& data) noexcept {
  if (channel == nullptr || !is_tracing_active()) return {};
  if (data.id && !data.id.valid()) return refuse(channel, data.id, kBadId), Trace();
  channel = in_project(channel, data.project_name);
  const Beginning beginning = begin(data.id);
  const Id id = id_of(beginning.id);
  if (!is_sampled(channel, id)) return HandleAccess::trace(nullptr, id);
  const auto head = [&] {
    return CallHead{.op = Op::create, .kind = Kind::trace, .tick = beginning.tick, .channel = channel, .id = beginning.id};
  };
  write(channel, head, data);
  return HandleAccess::trace(channel, id);
}

Span begin_span(const Place& place, const SpanData& data) noexcept {
  if (place.channel == nullptr || !is_tracing_active()) return {};
  if (data.id && !data.id.valid()) return refuse(place.channel, data.id, kBadId), Span();
  Channel* channel = in_project(place.channel, data.project_name);
  const Beginning beginning = begin(data.id);
  const auto head = [&] {
    return CallHead{.op = Op::create,
                    .kind = Kind::span,
                    .tick = beginning.tick,
                    .channel = channel,
                    .id = beginning.id,
                    .trace_id = uuid_of(place.trace_id),
                    .parent_id = uuid_of(place.parent_id)};
  };
  write(channel, head, data);
  return HandleAccess::span(channel, place.trace_id, place.parent_id, id_of(beginning.id));
}

void update_trace(const Trace& trace, const TraceData& data, Op op, Method method) noexcept {
  Channel* channel = HandleAccess::channel(trace);
  if (channel == nullptr) return;
  const auto head = [&] {
    return CallHead{.op = op, .kind = Kind::trace, .method = method, .tick = read_ticks(), .channel = channel, .id = uuid_of(trace.id())};
  };
  write(channel, head, data);
}

void update_span(const Span& span, const SpanData& data, Op op, Method method) noexcept {
  Channel* channel = HandleAccess::channel(span);
  if (channel == nullptr) return;
  const auto head = [&] {
    return CallHead{.op = op,
                    .kind = Kind::span,
                    .method = method,
                    .tick = read_ticks(),
                    .channel = channel,
                    .id = uuid_of(span.id()),
                    .trace_id = uuid_of(span.trace_id()),
                    .parent_id = uuid_of(span.parent_span_id())};
  };
  write(channel, head, data);
}

void log_score(Channel* channel, Kind kind, const Score& score) noexcept {
  if (channel == nullptr) return;
  if (kind != Kind::thread_score && !score.id.valid()) return refuse(channel, score.id, kBadId);
  if (score.name.empty() || (kind == Kind::thread_score && score.thread_id.empty()))
    return refuse(channel, score.id, "score without a name or a thread");
  channel = Core::with_project(channel, score.project_name);
  const auto head = [&] {
    return CallHead{.op = Op::score, .kind = kind, .tick = read_ticks(), .channel = channel, .id = uuid_of(score.id)};
  };
  const size_t bytes_max = CallWriter::kNumberBytesMax + texts_bytes_max({score.name, score.category_name, score.reason, score.thread_id});
  write(channel, head, bytes_max, [&](CallWriter& writer) {
    writer.text(Field::name, score.name);
    writer.number(Field::value, score.value);
    writer.text(Field::category_name, score.category_name);
    writer.text(Field::reason, score.reason);
    if (kind == Kind::thread_score) writer.text(Field::thread_id, score.thread_id);
  });
}

void log_attachment(Channel* channel, bool is_span, const Id& id, const Attachment& attachment) noexcept {
  if (channel == nullptr) return;
  if (!id.valid()) return refuse(channel, id, kBadId);
  if (attachment.path.empty() && attachment.bytes.empty()) return refuse(channel, id, "attachment without path and bytes");
  const auto head = [&] {
    return CallHead{.op = Op::attach, .kind = Kind::attachment, .tick = read_ticks(), .channel = channel, .id = uuid_of(id)};
  };
  const std::string_view bytes = attachment.path.empty() ? attachment.bytes : std::string_view();
  const std::string_view for_span = is_span ? "1" : "";
  const size_t bytes_max = texts_bytes_max({attachment.path, bytes, attachment.file_name, attachment.content_type, for_span});
  write(channel, head, bytes_max, [&](CallWriter& writer) {
    writer.text(Field::path, attachment.path);
    writer.text(Field::bytes, bytes);
    writer.text(Field::file_name, attachment.file_name);
    writer.text(Field::content_type, attachment.content_type);
    writer.text(Field::is_span, for_span);
  });
}

}  // namespace opik::sdk

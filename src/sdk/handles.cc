#include <opik/handles.h>

#include "sdk/emit.h"

namespace opik {

using sdk::Kind;
using sdk::Method;
using sdk::Op;

Id::Id(std::string_view text) noexcept {
  if (text.empty()) return;
  if (const std::optional<base::Uuid> uuid = base::Uuid::parse(text))
    std::memcpy(bytes_.data(), uuid->bytes().data(), 16);
  else
    bytes_.fill(0xff);
}

Id Id::make() noexcept {
  sdk::start_ticks();
  const base::Uuid uuid = sdk::thread_state.new_id(sdk::wall_ns(sdk::read_ticks_early()));
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), uuid.bytes().data(), 16);
  return Id(bytes);
}

std::string Id::text() const { return sdk::uuid_of(*this).text(); }

Span Trace::span(const SpanData& data) const noexcept { return sdk::begin_span({channel_, id_, {}}, data); }
void Trace::update(const TraceData& data) const noexcept { sdk::update_trace(*this, data, Op::update, Method::trace_update); }
void Trace::end(const TraceData& data) const noexcept { sdk::update_trace(*this, data, Op::end, Method::trace_end); }
void Trace::set_input(const Value& value) const noexcept {
  TraceData data;
  data.input = value;
  update(data);
}
void Trace::set_output(const Value& value) const noexcept {
  TraceData data;
  data.output = value;
  update(data);
}
void Trace::log_feedback_score(std::string_view name, double value, const ScoreDetail& detail) const noexcept {
  sdk::log_score(channel_, Kind::trace_score, {id_, {}, name, value, detail.category_name, detail.reason, {}});
}
void Trace::attach(const Attachment& attachment) const noexcept { sdk::log_attachment(channel_, false, id_, attachment); }
DistributedHeaders Trace::distributed_headers() const { return {id_ ? id_.text() : std::string(), {}}; }

Span Span::span(const SpanData& data) const noexcept { return sdk::begin_span({channel_, trace_id_, id_}, data); }
void Span::update(const SpanData& data) const noexcept { sdk::update_span(*this, data, Op::update, Method::span_update); }
void Span::end(const SpanData& data) const noexcept { sdk::update_span(*this, data, Op::end, Method::span_end); }
void Span::set_input(const Value& value) const noexcept {
  SpanData data;
  data.input = value;
  update(data);
}
void Span::set_output(const Value& value) const noexcept {
  SpanData data;
  data.output = value;
  update(data);
}
void Span::log_feedback_score(std::string_view name, double value, const ScoreDetail& detail) const noexcept {
  sdk::log_score(channel_, Kind::span_score, {id_, {}, name, value, detail.category_name, detail.reason, {}});
}
void Span::attach(const Attachment& attachment) const noexcept { sdk::log_attachment(channel_, true, id_, attachment); }
DistributedHeaders Span::distributed_headers() const {
  if (!trace_id_) return {};
  return {trace_id_.text(), id_.text()};
}

}  // namespace opik

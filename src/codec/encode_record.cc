#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "codec/comment.h"
#include "codec/encode.h"
#include "codec/guardrail.h"
#include "codec/members.h"
#include "codec/object_writer.h"
#include "codec/record_parts.h"
#include "codec/slice.h"

// One record is one object; its members come in the order of append_record(). Payloads go out as the JSON text they are.

namespace opik::codec {
namespace {

using model::Field;
using model::Kind;
using model::Record;

// What a reader may leave out.
enum class Part : uint8_t {
  name,
  type,
  start_time,
  end_time,
  input,
  output,
  metadata,
  model,
  provider,
  tags,
  error_info,
  usage,
  thread_id,
  ttft,
  source,
  feedback_scores,
  span_feedback_scores,
  total_estimated_cost,
  span_count,
  llm_span_count,
  has_tool_spans,
  providers,
  duration,
  visibility_mode,
  created_at,
  created_by,
  last_updated_by,
  comments,
  guardrails_validations,
};
constexpr std::array<std::string_view, 29> kParts{"name",
                                                  "type",
                                                  "start_time",
                                                  "end_time",
                                                  "input",
                                                  "output",
                                                  "metadata",
                                                  "model",
                                                  "provider",
                                                  "tags",
                                                  "error_info",
                                                  "usage",
                                                  "thread_id",
                                                  "ttft",
                                                  "source",
                                                  "feedback_scores",
                                                  "span_feedback_scores",
                                                  "total_estimated_cost",
                                                  "span_count",
                                                  "llm_span_count",
                                                  "has_tool_spans",
                                                  "providers",
                                                  "duration",
                                                  "visibility_mode",
                                                  "created_at",
                                                  "created_by",
                                                  "last_updated_by",
                                                  "comments",
                                                  "guardrails_validations"};

// RecordStyle, ready for use on many records.
class Style {
 public:
  explicit Style(const RecordStyle& style) : truncate(style.truncate), with_project_name(style.with_project_name) {
    for (const std::string& name : style.exclude) {
      const auto part = std::find(kParts.begin(), kParts.end(), name);
      if (part != kParts.end()) excluded_ |= 1u << (part - kParts.begin());
    }
  }
  bool shows(Part part) const { return (excluded_ >> static_cast<unsigned>(part) & 1) == 0; }

  const bool truncate;
  const bool with_project_name;

 private:
  uint32_t excluded_ = 0;
};

// What metadata is told about the models behind the record: "providers":[...] or "provider":"...", or nothing.
std::string provider_member(const Record& record) {
  std::string member;
  if (record.kind == Kind::span) {
    const std::string_view provider = record.view.fields.text(Field::provider);
    if (provider.empty()) return member;
    member = R"("provider":)";
    append_string(member, provider);
  } else if (!record.totals.providers.empty()) {
    member = R"("providers":)";
    append_strings(member, record.totals.providers);
  }
  return member;
}

void append_metadata(ObjectWriter& object, const Record& record) {
  const std::string_view metadata = record.view.fields.text(Field::metadata);
  const std::string member = provider_member(record);
  const std::string_view name = record.kind == Kind::span ? "provider" : "providers";
  const bool is_object = !metadata.empty() && metadata[0] == '{';
  if (member.empty() || (is_object ? has_member(metadata, name) : !metadata.empty())) {
    if (!metadata.empty()) object.key("metadata").append(metadata);
    return;
  }
  std::string& out = object.key("metadata");
  out.append("{").append(member);
  if (metadata.empty()) {
    out.push_back('}');
    return;
  }
  const std::string_view rest = metadata.substr(metadata.find_first_not_of(" \t\n\r", 1));
  out.append(rest[0] == '}' ? "" : ",").append(rest);
}

// Writes the members of one record.
class RecordWriter {
 public:
  RecordWriter(std::string& out, const Record& record, const Style& style)
      : object_(out), record_(record), fields_(record.view.fields), style_(style) {}

  void write() {
    place();
    text(Part::name, Field::name);
    text(Part::type, Field::type);
    time(Part::start_time, Field::start_time);
    time(Part::end_time, Field::end_time);
    payload(Part::input, Field::input);
    payload(Part::output, Field::output);
    if (style_.shows(Part::metadata)) append_metadata(object_, record_);
    text(Part::model, Field::model);
    text(Part::provider, Field::provider);
    if (fields_.text(Field::tags) != "[]") raw(Part::tags, Field::tags);
    raw(Part::error_info, Field::error_info);
    usage();
    text(Part::thread_id, Field::thread_id);
    if (style_.shows(Part::ttft) && fields_.has(Field::ttft)) append_number(object_.key("ttft"), fields_.real(Field::ttft));
    text(Part::source, Field::source);
    computed();
    history();
  }

 private:
  void place() {
    append_uuid(object_.key("id"), record_.id);
    append_uuid(object_.key("project_id"), record_.project_id);
    if (style_.with_project_name) append_string(object_.key("project_name"), record_.project_name);
    for (Field field : {Field::trace_id, Field::parent_span_id}) {
      const std::optional<base::Uuid> id = base::Uuid::from_bytes(fields_.text(field));
      if (id) append_uuid(object_.key(model::field_name(field)), *id);
    }
  }

  void computed() {
    const model::TraceTotals& totals = record_.totals;
    const bool is_trace = record_.kind == Kind::trace;
    if (style_.shows(Part::feedback_scores) && !record_.scores.empty())
      append_scores(object_.key("feedback_scores"), record_.scores, false);
    if (style_.shows(Part::span_feedback_scores) && !totals.span_scores.empty()) {
      append_scores(object_.key("span_feedback_scores"), totals.span_scores, true);
    }
    if (style_.shows(Part::comments) && !record_.comments.empty()) append_comments(object_.key("comments"), record_.comments);
    if (style_.shows(Part::guardrails_validations) && !record_.guardrails.empty()) {
      append_guardrail_validations(object_.key("guardrails_validations"), record_.guardrails);
    }
    const double cost = is_trace ? totals.cost : record_.cost;
    if (style_.shows(Part::total_estimated_cost) && cost != 0) append_number(object_.key("total_estimated_cost"), cost);
    if (is_trace) {
      if (style_.shows(Part::span_count)) append_integer(object_.key("span_count"), totals.span_count);
      if (style_.shows(Part::llm_span_count)) append_integer(object_.key("llm_span_count"), totals.llm_span_count);
      if (style_.shows(Part::has_tool_spans)) object_.key("has_tool_spans").append(totals.has_tool_spans ? "true" : "false");
      if (style_.shows(Part::providers) && !totals.providers.empty()) append_strings(object_.key("providers"), totals.providers);
    }
    if (style_.shows(Part::duration) && fields_.has(Field::start_time) && fields_.has(Field::end_time)) {
      const int64_t duration_us = fields_.integer(Field::end_time) / 1000 - fields_.integer(Field::start_time) / 1000;
      append_number(object_.key("duration"), static_cast<double>(duration_us) / 1000);
    }
  }

  void history() {
    if (record_.kind == Kind::trace && style_.shows(Part::visibility_mode)) append_string(object_.key("visibility_mode"), "default");
    if (style_.shows(Part::created_at)) append_time_us(object_.key("created_at"), record_.view.created_at_us);
    append_time_us(object_.key("last_updated_at"), record_.view.last_updated_at_us);
    if (style_.shows(Part::created_by)) append_string(object_.key("created_by"), model::kOnlyUser);
    if (style_.shows(Part::last_updated_by)) append_string(object_.key("last_updated_by"), model::kOnlyUser);
  }

  void usage() {
    if (!style_.shows(Part::usage)) return;
    if (record_.kind == Kind::span) {
      const std::string_view usage = fields_.text(Field::usage);
      if (!usage.empty() && usage != "{}") object_.key("usage").append(usage);
    } else if (!record_.totals.usage.empty()) {
      ObjectWriter usage(object_.key("usage"));
      for (const auto& [name, count] : record_.totals.usage) append_integer(usage.chosen_key(name), count);
    }
  }

  void text(Part part, Field field) {
    const std::string_view text = fields_.text(field);
    if (style_.shows(part) && !text.empty()) append_string(object_.key(model::field_name(field)), text);
  }
  void time(Part part, Field field) {
    if (style_.shows(part) && fields_.has(field)) append_time_ns(object_.key(model::field_name(field)), fields_.integer(field));
  }
  void raw(Part part, Field field) {
    const std::string_view json = fields_.text(field);
    if (style_.shows(part) && !json.empty()) object_.key(model::field_name(field)).append(json);
  }
  void payload(Part part, Field field) {
    const std::string_view json = fields_.text(field);
    if (style_.shows(part) && !json.empty()) append_payload(object_.key(model::field_name(field)), json, style_.truncate);
  }

  ObjectWriter object_;
  const Record& record_;
  const model::Fields& fields_;
  const Style& style_;
};

}  // namespace

void append_record(std::string& out, const Record& record, const RecordStyle& style) { RecordWriter(out, record, Style(style)).write(); }

void RecordPageWriter::begin(int64_t page, int64_t rows, int64_t total) {
  rows_ = rows;
  out_.append(R"({"page":)");
  append_integer(out_, page);
  out_.append(R"(,"size":)");
  append_integer(out_, rows);
  out_.append(R"(,"total":)");
  append_integer(out_, total);
  out_.append(R"(,"content":[)");
  content_at_ = out_.size();
}

void RecordPageWriter::add(const std::vector<Record>& records) {
  const Style style(style_);
  for (const Record& record : records) {
    if (added_++ > 0) out_.push_back(',');
    RecordWriter(out_, record, style).write();
  }
  // Room for the others, if they are like these: growing a text of megabytes step by step copies all of it every time.
  if (added_ == 0 || added_ >= rows_) return;
  const size_t row_bytes = (out_.size() - content_at_) / static_cast<size_t>(added_) + 1;
  const size_t wanted = out_.size() + row_bytes * static_cast<size_t>(rows_ - added_) * 9 / 8;
  if (wanted > out_.capacity()) out_.reserve(wanted);
}

void RecordPageWriter::end(const std::vector<std::string>& sortable_by) {
  out_.append(R"(],"sortable_by":)");
  append_strings(out_, sortable_by);
  out_.push_back('}');
}

}  // namespace opik::codec

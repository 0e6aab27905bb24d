#include <cmath>

#include "codec/encode.h"
#include "codec/object_writer.h"
#include "codec/page_writer.h"

namespace opik::codec {
namespace {

using model::Kind;
using model::Project;
using model::Stats;

void append_percentiles(std::string& out, const model::Percentiles& values) {
  ObjectWriter object(out);
  append_number(object.key("p50"), values.p50);
  append_number(object.key("p90"), values.p90);
  append_number(object.key("p99"), values.p99);
}

// [{name, type, value}, ...]
class StatList {
 public:
  explicit StatList(std::string& out) : out_(out) { out_.push_back('['); }
  ~StatList() { out_.push_back(']'); }
  StatList(const StatList&) = delete;

  void count(std::string_view name, int64_t value) {
    add(name, "COUNT", [&](std::string& out) { append_integer(out, value); });
  }
  void average(std::string_view name, double value) {
    add(name, "AVG", [&](std::string& out) { append_number(out, value); });
  }
  void percentiles(std::string_view name, const model::Percentiles& values) {
    add(name, "PERCENTAGE", [&](std::string& out) { append_percentiles(out, values); });
  }
  // One for each name, as "<prefix>.<name>".
  template <class Numbers>
  void averages(std::string_view prefix, const Numbers& values) {
    for (const auto& [name, value] : values) average(std::string(prefix) + "." + name, static_cast<double>(value));
  }

 private:
  template <class Value>
  void add(std::string_view name, std::string_view type, Value&& value) {
    if (out_.back() != '[') out_.push_back(',');
    ObjectWriter object(out_);
    append_string(object.key("name"), name);
    append_string(object.key("type"), type);
    value(object.key("value"));
  }

  std::string& out_;
};

void append_members(ObjectWriter& object, const Project& project) {
  append_string(object.key("id"), project.id.text());
  append_string(object.key("name"), project.name);
  append_string(object.key("visibility"), project.visibility);
  if (project.description) append_string(object.key("description"), *project.description);
  append_time_us(object.key("created_at"), project.created_at_us);
  append_string(object.key("created_by"), model::kOnlyUser);
  append_time_us(object.key("last_updated_at"), project.last_updated_at_us);
  append_string(object.key("last_updated_by"), model::kOnlyUser);
  if (project.last_updated_trace_at_us) append_time_us(object.key("last_updated_trace_at"), *project.last_updated_trace_at_us);
}

// {"page":..,"size":..,"total":..,"content":[...],"sortable_by":[...]}
template <class Item, class Append>
void append_page(std::string& out, const std::vector<Item>& items, int64_t page, int64_t total, Append&& append) {
  ObjectWriter object(out);
  append_page_members(object, items, {page, total}, append);
  object.key("sortable_by").append(R"(["id","name","last_updated_at","created_at","last_updated_trace_at"])");
}

// Opik counts the errors of two periods of seven days: `deviation` are those of the later one, and the percentage holds them
// against the earlier one (absent if that had none).
void append_error_count(std::string& out, const ProjectStats& stats) {
  ObjectWriter object(out);
  append_integer(object.key("count"), stats.error_count_recent + stats.error_count_before);
  append_integer(object.key("deviation"), stats.error_count_recent);
  if (stats.error_count_before > 0) {
    const double share = static_cast<double>(stats.error_count_recent) / static_cast<double>(stats.error_count_before);
    append_integer(object.key("deviation_percentage"), std::llround(share * 100));
  }
}

void append_project_stats(std::string& out, const ProjectStats& item) {
  const Stats& stats = item.stats;
  ObjectWriter object(out);
  append_string(object.key("project_id"), item.project.id.text());
  object.key("feedback_scores").push_back('[');
  for (const auto& [name, value] : stats.score_average) {
    if (out.back() != '[') out.push_back(',');
    ObjectWriter score(out);
    append_string(score.key("name"), name);
    append_number(score.key("value"), value);
  }
  out.push_back(']');
  if (stats.duration_ms) append_percentiles(object.key("duration"), *stats.duration_ms);
  append_number(object.key("total_estimated_cost"), stats.cost_average.value_or(0));
  append_number(object.key("total_estimated_cost_sum"), stats.cost_sum);
  {
    ObjectWriter usage(object.key("usage"));
    for (const auto& [name, value] : stats.usage_average) append_number(usage.chosen_key(name), value);
  }
  append_integer(object.key("trace_count"), stats.count);
  append_integer(object.key("thread_count"), stats.thread_count);
  append_integer(object.key("guardrails_failed_count"), stats.guardrails_failed_count);
  append_error_count(object.key("error_count"), item);
}

}  // namespace

void append_stats(std::string& out, Kind kind, const Stats& stats) {
  const bool of_traces = kind == Kind::trace;
  ObjectWriter object(out);
  StatList list(object.key("stats"));
  list.count(of_traces ? "trace_count" : "span_count", stats.count);
  if (stats.duration_ms) list.percentiles("duration", *stats.duration_ms);
  list.count("input", stats.input_count);
  list.count("output", stats.output_count);
  list.count("metadata", stats.metadata_count);
  list.average("tags", stats.tags_average);
  if (of_traces) {
    list.count("thread_count", stats.thread_count);
    list.average("llm_span_count", stats.llm_span_count_average);
    list.average("span_count", stats.span_count_average);
  }
  list.average("total_estimated_cost", stats.cost_average.value_or(0));
  list.average("total_estimated_cost_sum", stats.cost_sum);
  list.averages("usage", stats.usage_average);
  list.averages("usage_sum", stats.usage_sum);
  list.averages("feedback_scores", stats.score_average);
  if (of_traces) {
    list.averages("span_feedback_scores", stats.span_score_average);
    list.count("guardrails_failed_count", stats.guardrails_failed_count);
  }
  list.count("error_count", stats.error_count);
}

void append_thread_stats(std::string& out, const model::ThreadStats& stats) {
  ObjectWriter object(out);
  StatList list(object.key("stats"));
  list.count("thread_count", stats.count);
  if (stats.duration_ms) list.percentiles("duration", *stats.duration_ms);
  list.average("number_of_messages", stats.messages_average);
  list.average("tags", stats.tags_average);
  list.average("total_estimated_cost", stats.cost_average.value_or(0));
  list.average("total_estimated_cost_sum", stats.cost_sum);
  list.averages("usage", stats.usage_average);
  list.averages("usage_sum", stats.usage_sum);
  list.averages("feedback_scores", stats.score_average);
}

void append_project(std::string& out, const Project& project) {
  ObjectWriter object(out);
  append_members(object, project);
}

void append_project_page(std::string& out, const std::vector<Project>& projects, int64_t page, int64_t total) {
  append_page(out, projects, page, total, [&](const Project& project) { append_project(out, project); });
}

void append_project_stats_page(std::string& out, const std::vector<ProjectStats>& projects, int64_t page, int64_t total) {
  append_page(out, projects, page, total, [&](const ProjectStats& stats) { append_project_stats(out, stats); });
}

}  // namespace opik::codec

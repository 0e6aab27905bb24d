#include "print.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/entity_test.h"

namespace opik::law {
namespace {

using model::Field;

std::string print_field(Field f, const model::Value& value) {
  if (f == Field::trace_id || f == Field::parent_span_id)
    return base::Uuid::from_bytes(std::get<std::string>(value)).value_or(base::Uuid{}).text();
  return model::print(value);
}

std::string print(const model::FeedbackScore& s) {
  return fmt::format("{} {} by {}: {} category={} reason={} source={} project='{}' created={} updated={}", s.entity_id.text(), s.name,
                     s.author, s.value_nano, s.category_name.value_or("-"), s.reason.value_or("-"), s.source, s.project_name,
                     s.created_at_us, s.last_updated_at_us);
}

// In any order within a name.
std::string print(std::vector<model::FeedbackScore> scores) {
  std::stable_sort(scores.begin(), scores.end(), [](const auto& a, const auto& b) {
    return std::tie(a.name, a.entity_id, a.author) < std::tie(b.name, b.entity_id, b.author);
  });
  std::string out;
  for (const auto& score : scores) out += "\n    " + print(score);
  return out;
}

template <class Number, class Less>
std::string print(const std::map<std::string, Number, Less>& values) {
  std::string out;
  // A sum of fractions depends, in its last digits, on their order.
  constexpr const char* kForm = std::is_floating_point_v<Number> ? " {}={:.6g}" : " {}={}";
  for (const auto& [name, value] : values) out += fmt::format(fmt::runtime(kForm), name, value);
  return "{" + out + " }";
}

}  // namespace

std::string print(const model::Record& r) {
  std::string out = fmt::format("{} {} in '{}'{} created={} updated={}", model::kind_name(r.kind), r.id.text(), r.project_name,
                                r.view.pending ? " pending" : "", r.view.created_at_us, r.view.last_updated_at_us);
  model::each_field([&](Field f) {
    if (f != Field::project && r.view.fields.has(f))
      out += fmt::format("\n  {}={}", model::field_name(f), print_field(f, r.view.fields[f]));
  });
  if (!r.scores.empty()) out += "\n  scores" + print(r.scores);
  if (r.kind == model::Kind::trace) {
    const model::TraceTotals& t = r.totals;
    out += fmt::format("\n  spans={} llm={} tools={} cost={:.9g} usage={} providers=", t.span_count, t.llm_span_count, t.has_tool_spans,
                       t.cost, print(t.usage));
    for (const std::string& provider : t.providers) out += provider + ",";
    if (!t.span_scores.empty()) out += "\n  span scores" + print(t.span_scores);
  }
  return out + "\n";
}

std::string print(const std::vector<model::Record>& records) {
  std::string out;
  for (const model::Record& record : records) out += print(record);
  return out;
}

std::string print(const model::Stats& s) {
  std::string out =
      fmt::format("count={} input={} output={} metadata={} errors={} threads={} tags={:.9g} llm={:.9g} spans={:.9g} cost_sum={:.9g}",
                  s.count, s.input_count, s.output_count, s.metadata_count, s.error_count, s.thread_count, s.tags_average,
                  s.llm_span_count_average, s.span_count_average, s.cost_sum);
  if (s.cost_average) out += fmt::format(" cost={:.9g}", *s.cost_average);
  if (s.duration_ms) out += fmt::format(" p50={:.9g} p90={:.9g} p99={:.9g}", s.duration_ms->p50, s.duration_ms->p90, s.duration_ms->p99);
  const auto rounded = [](const std::map<std::string, double>& values) {
    std::map<std::string, std::string> texts;
    for (const auto& [name, value] : values) texts[name] = fmt::format("{:.9g}", value);
    return print(texts);
  };
  return out + fmt::format("\n usage={} sum={} scores={} span_scores={}\n", rounded(s.usage_average), print(s.usage_sum),
                           rounded(s.score_average), rounded(s.span_score_average));
}

std::string print(const model::Project& p) {
  return fmt::format("project '{}' {} {} traces_at={}\n", p.name, p.description.value_or("-"), p.visibility,
                     p.last_updated_trace_at_us ? std::to_string(*p.last_updated_trace_at_us) : "-");
}

std::string print(const model::Thread& t) {
  std::string out =
      fmt::format("thread '{}' {} {}..{} traces={} source={} tags={} usage={} cost={:.9g} created={} updated={}\n  {}\n  {}", t.thread_id,
                  t.is_active ? "active" : "inactive", t.start_time_ns, t.end_time_ns.value_or(-1), t.trace_count, t.source, t.tags,
                  print(t.usage), t.cost, t.created_at_us, t.last_updated_at_us, t.first_message, t.last_message);
  std::vector<model::FeedbackScore> scores = t.scores;
  for (model::FeedbackScore& score : scores) score.entity_id = {};
  if (!scores.empty()) out += "\n  scores" + print(scores);
  return out + "\n";
}

std::string print(const std::vector<model::Thread>& threads) {
  std::string out;
  for (const model::Thread& thread : threads) out += print(thread);
  return out;
}

std::string print(const model::ThreadStats& s) {
  std::string out =
      fmt::format("count={} messages={:.9g} tags={:.9g} cost_sum={:.9g}", s.count, s.messages_average, s.tags_average, s.cost_sum);
  if (s.duration_ms) out += fmt::format(" duration={:.9g}/{:.9g}/{:.9g}", s.duration_ms->p50, s.duration_ms->p90, s.duration_ms->p99);
  if (s.cost_average) out += fmt::format(" cost={:.9g}", *s.cost_average);
  return out + " usage" + print(s.usage_average) + print(s.usage_sum) + " scores" + print(s.score_average) + "\n";
}

}  // namespace opik::law

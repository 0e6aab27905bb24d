#include "store/memory/statistics.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "codec/decode.h"
#include "model/sum.h"

namespace opik::store::memory {
namespace {

using model::Field;

// Linear interpolation between the two values around rank q * (n - 1).
double quantile(const std::vector<double>& sorted, double q) {
  const double rank = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(std::floor(rank));
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (rank - std::floor(rank));
}

struct Mean {
  model::Sum sum;
  int64_t count = 0;
  void add(double value) {
    sum.add(value);
    ++count;
  }
  double value() const { return count == 0 ? 0 : sum.value() / static_cast<double>(count); }
};

std::map<std::string, double> values_of(const std::map<std::string, Mean>& means) {
  std::map<std::string, double> out;
  for (const auto& [name, mean] : means) out[name] = mean.value();
  return out;
}

// An entity's value under a name is the mean over its authors.
void add_scores(const std::vector<model::FeedbackScore>& scores, std::map<std::string, Mean>& into) {
  std::map<std::string, std::vector<int64_t>> own;
  for (const auto& score : scores) own[score.name].push_back(score.value_nano);
  for (const auto& [name, values] : own) into[name].add(static_cast<double>(model::mean_nano(values)) / 1e9);
}

// In whole microseconds, as durations are shown.
double duration_ms(const model::Fields& fields) {
  const int64_t ns = fields.integer(Field::end_time) - fields.integer(Field::start_time);
  return std::floor(static_cast<double>(ns) / 1e3) / 1e3;
}

}  // namespace

model::Stats statistics_of(const std::vector<model::Record>& records) {
  model::Stats stats;
  std::vector<double> durations;
  std::set<std::string> threads;
  Mean tags;
  Mean llm_spans;
  Mean spans;
  Mean cost;
  std::map<std::string, Mean> usage;
  std::map<std::string, Mean> scores;
  std::map<std::string, Mean> span_scores;
  for (const model::Record& record : records) {
    const model::Fields& fields = record.view.fields;
    const bool is_trace = record.kind == model::Kind::trace;
    ++stats.count;
    if (fields.has(Field::end_time)) durations.push_back(duration_ms(fields));
    if (fields.has(Field::input)) ++stats.input_count;
    if (fields.has(Field::output)) ++stats.output_count;
    if (fields.has(Field::metadata)) ++stats.metadata_count;
    if (fields.has(Field::error_info)) ++stats.error_count;
    tags.add(static_cast<double>(codec::parse_tags(fields.text(Field::tags)).size()));
    if (!fields.text(Field::thread_id).empty()) threads.emplace(fields.text(Field::thread_id));
    for (const model::GuardrailCheck& check : record.guardrails) stats.guardrails_failed_count += check.verdict == model::Verdict::failed;
    if (is_trace) {
      llm_spans.add(static_cast<double>(record.totals.llm_span_count));
      spans.add(static_cast<double>(record.totals.span_count));
      add_scores(record.totals.span_scores, span_scores);
    }
    const double own_cost = is_trace ? record.totals.cost : record.cost;
    if (own_cost > 0) cost.add(own_cost);
    model::TokenCounts own_usage = record.totals.usage;
    if (!is_trace && fields.has(Field::usage)) codec::add_usage(fields.text(Field::usage), own_usage);
    for (const auto& [name, tokens] : own_usage) {
      usage[name].add(static_cast<double>(tokens));
      stats.usage_sum[name] += tokens;
    }
    add_scores(record.scores, scores);
  }
  if (!durations.empty()) {
    std::sort(durations.begin(), durations.end());
    stats.duration_ms = model::Percentiles{quantile(durations, 0.5), quantile(durations, 0.9), quantile(durations, 0.99)};
  }
  stats.thread_count = static_cast<int64_t>(threads.size());
  stats.tags_average = tags.value();
  stats.llm_span_count_average = llm_spans.value();
  stats.span_count_average = spans.value();
  if (cost.count > 0) stats.cost_average = cost.value();
  stats.cost_sum = cost.sum.value();
  stats.usage_average = values_of(usage);
  stats.score_average = values_of(scores);
  stats.span_score_average = values_of(span_scores);
  return stats;
}

}  // namespace opik::store::memory

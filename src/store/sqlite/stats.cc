#include "store/sqlite/stats.h"

#include <cmath>
#include <map>
#include <set>

#include "codec/decode.h"
#include "store/sqlite/averages.h"
#include "store/sqlite/guardrails.h"
#include "store/sqlite/record_loader.h"
#include "store/sqlite/select.h"

namespace opik::store::sqlite {

using model::Field;
using model::Kind;

model::Stats collect_stats(Connection& db, const PayloadCodec& codec, const query::Selection& which) {
  model::Stats stats;
  std::vector<double> durations_ms;
  Mean tags;
  Mean costs;
  Mean span_counts;
  Mean llm_span_counts;
  std::set<std::string, std::less<>> threads;
  std::map<std::string, Mean> usage;
  std::map<std::string, Mean> scores;
  std::map<std::string, Mean> span_scores;

  const bool has_checks = which.kind == Kind::trace && has_guardrail_checks(db, which.workspace);
  RecordLoader loader(db, codec, which.kind, which.workspace);
  each_number(db, codec, which, {query::Window::Order::any, std::nullopt, 0, 0}, [&](int64_t n) {
    const model::Record record = loader.load(n, false);
    const model::Fields& fields = record.view.fields;
    const PayloadFacts& facts = loader.facts();
    ++stats.count;
    if (fields.has(Field::end_time)) {
      durations_ms.push_back(std::floor(static_cast<double>(fields.integer(Field::end_time) - fields.integer(Field::start_time)) / 1e3) /
                             1e3);
    }
    stats.input_count += facts.input_bytes.has_value();
    stats.output_count += facts.output_bytes.has_value();
    stats.metadata_count += facts.metadata_bytes.has_value();
    stats.error_count += facts.error_type.has_value();
    if (has_checks) stats.guardrails_failed_count += count_failed_checks(db, which.workspace, record.id);
    tags.add(static_cast<double>(codec::parse_tags(fields.text(Field::tags)).size()));
    model::TokenCounts used;
    double cost = record.cost;
    if (which.kind == Kind::trace) {
      if (fields.has(Field::thread_id)) threads.emplace(fields.text(Field::thread_id));
      span_counts.add(static_cast<double>(record.totals.span_count));
      llm_span_counts.add(static_cast<double>(record.totals.llm_span_count));
      used = record.totals.usage;
      cost = record.totals.cost;
      add_scores(record.totals.span_scores, span_scores);
    } else if (fields.has(Field::usage)) {
      codec::add_usage(fields.text(Field::usage), used);
    }
    for (const auto& [name, value] : used) {
      usage[name].add(static_cast<double>(value));
      stats.usage_sum[name] += value;
    }
    if (cost > 0) costs.add(cost);
    add_scores(record.scores, scores);
    return true;
  });

  stats.duration_ms = percentiles_of(std::move(durations_ms));
  stats.tags_average = tags.value();
  stats.thread_count = static_cast<int64_t>(threads.size());
  stats.span_count_average = span_counts.value();
  stats.llm_span_count_average = llm_span_counts.value();
  if (costs.count > 0) stats.cost_average = costs.value();
  stats.cost_sum = costs.sum.value();
  stats.usage_average = values_of(usage);
  stats.score_average = values_of(scores);
  stats.span_score_average = values_of(span_scores);
  return stats;
}

}  // namespace opik::store::sqlite

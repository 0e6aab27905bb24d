#include "store/sqlite/column_stats.h"

#include <cmath>
#include <map>

#include "codec/decode.h"
#include "store/sqlite/averages.h"

namespace opik::store::sqlite {
namespace {

using model::Kind;

class Statistics {
 public:
  Statistics(const ColumnState& state, Kind kind)
      : state_(state), is_trace_(kind == Kind::trace), tag_counts_(state.string_count(), -1), has_thread_(state.string_count()) {
    if (!is_trace_) return;
    totals_ = &state.span_totals();
    span_scores_of_ = span_scores_by_trace(state);
  }

  void add(const Chunk& rows, size_t row) {
    ++stats_.count;
    if (rows.end_ns[row] != kNoTime)
      durations_ms_.push_back(std::floor(static_cast<double>(rows.end_ns[row] - rows.start_ns[row]) / 1e3) / 1e3);
    stats_.input_count += (rows.payload[row] & Chunk::kHasInput) != 0;
    stats_.output_count += (rows.payload[row] & Chunk::kHasOutput) != 0;
    stats_.metadata_count += (rows.payload[row] & Chunk::kHasMetadata) != 0;
    stats_.error_count += rows.error_type[row] != Strings::kNone;
    tags_ += tag_count(rows.tags[row]);
    if (is_trace_) {
      add_trace(rows, row);
    } else {
      add_span(rows, row);
    }
    add_scores(rows.scores.begin_of(row), rows.scores.end_of(row), scores_);
  }

  model::Stats take() {
    stats_.duration_ms = percentiles_of(std::move(durations_ms_));
    if (stats_.count > 0) {
      const auto count = static_cast<double>(stats_.count);
      stats_.tags_average = static_cast<double>(tags_) / count;
      stats_.span_count_average = static_cast<double>(spans_) / count;
      stats_.llm_span_count_average = static_cast<double>(llm_spans_) / count;
    }
    if (costs_.count > 0) stats_.cost_average = costs_.value();
    stats_.cost_sum = costs_.sum.value();
    const Strings& strings = state_.names().strings;
    for (const auto& [name, tokens] : tokens_) {
      const std::string text(strings[name]);
      stats_.usage_sum[text] = tokens.sum;
      stats_.usage_average[text] = static_cast<double>(tokens.sum) / static_cast<double>(tokens.count);
    }
    for (const auto& [name, mean] : scores_) stats_.score_average[std::string(strings[name])] = mean.value();
    for (const auto& [name, mean] : span_scores_) stats_.span_score_average[std::string(strings[name])] = mean.value();
    return std::move(stats_);
  }

 private:
  struct Tokens {
    int64_t sum = 0;
    int64_t count = 0;
    void add(int64_t value) {
      sum += value;
      ++count;
    }
  };

  void add_trace(const Chunk& rows, size_t row) {
    const uint32_t trace = rows.trace[row];
    if (const uint32_t thread = rows.thread[row]; thread != Strings::kNone && has_thread_[thread] == 0) {
      has_thread_[thread] = 1;
      ++stats_.thread_count;
    }
    stats_.guardrails_failed_count += rows.failed_checks[row];
    spans_ += totals_->span_count[trace];
    llm_spans_ += totals_->llm_span_count[trace];
    if (totals_->cost[trace] > 0) costs_.add(totals_->cost[trace]);
    for (const SpanTotals::Tokens& tokens : totals_->usage) {
      if (tokens.is_counted[trace] != 0) tokens_[tokens.name].add(tokens.count[trace]);
    }
    if (!span_scores_of_.empty()) {
      const std::vector<ScoreValue>& own = span_scores_of_[trace];
      add_scores(own.data(), own.data() + own.size(), span_scores_);
    }
  }

  void add_span(const Chunk& rows, size_t row) {
    if (rows.cost[row] > 0) costs_.add(rows.cost[row]);
    const size_t counted = rows.usage.size_of(row);
    if (counted == 0) return;
    const uint32_t* names = state_.names().usage[rows.usage_names[row]];
    const size_t first = rows.usage.first_of(row);
    for (size_t i = 0; i < counted; ++i) tokens_[names[i]].add(rows.usage.values[first + i]);
  }

  static void add_scores(const ScoreValue* begin, const ScoreValue* end, std::map<uint32_t, Mean>& into) {
    each_mean_score(begin, end, [&](uint32_t name, int64_t mean) { into[name].add(static_cast<double>(mean) / 1e9); });
  }

  int64_t tag_count(uint32_t tags) {
    int64_t& count = tag_counts_[tags];
    if (count < 0) count = static_cast<int64_t>(codec::parse_tags(state_.names().strings[tags]).size());
    return count;
  }

  const ColumnState& state_;
  const bool is_trace_;
  const SpanTotals* totals_ = nullptr;
  std::vector<std::vector<ScoreValue>> span_scores_of_;
  std::vector<int64_t> tag_counts_;  // by text; -1: not counted yet
  std::vector<uint8_t> has_thread_;  // by text
  model::Stats stats_;
  std::vector<double> durations_ms_;
  int64_t tags_ = 0;
  int64_t spans_ = 0;
  int64_t llm_spans_ = 0;
  Mean costs_;
  std::map<uint32_t, Tokens> tokens_;
  std::map<uint32_t, Mean> scores_;
  std::map<uint32_t, Mean> span_scores_;
};

}  // namespace

model::Stats stats_of_columns(const ColumnState& state, const query::Selection& which, const PayloadSource* source) {
  Statistics statistics(state, which.kind);
  each_found(state, which, source, [&](const Chunk& rows, size_t row) { statistics.add(rows, row); });
  return statistics.take();
}

}  // namespace opik::store::sqlite

#pragma once
// What a reader gets: entities as they are seen, with the values that are computed rather than merged.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.h"
#include "model/comment.h"
#include "model/entity.h"
#include "model/guardrail.h"

namespace opik::model {

inline constexpr std::string_view kDefaultProject = "Default Project";  // every new workspace has it, under the id that Opik gives it
inline constexpr std::string_view kDefaultProjectId = "0190babc-62a0-71d2-832a-0feffa4676eb";
inline constexpr std::string_view kDefaultProjectDescription = "Default project";
inline constexpr std::string_view kOnlyUser = "admin";  // there are no accounts yet: everything is said by this one

// One author's word on one entity under one name; a later one replaces it.
struct FeedbackScore {
  base::Uuid entity_id;
  std::string name;
  int64_t value_nano = 0;  // value x 10^9: nine fractional digits are kept exactly
  std::optional<std::string> category_name;
  std::optional<std::string> reason;
  std::string source;  // ui, sdk, online_scoring
  std::string author{kOnlyUser};
  std::string project_name;  // as the writer named it; empty when read
  int64_t created_at_us = 0;
  int64_t last_updated_at_us = 0;
  friend bool operator==(const FeedbackScore&, const FeedbackScore&) = default;
};

// Usage: what was counted -> how many tokens.
using TokenCounts = std::map<std::string, int64_t, std::less<>>;

// What several values of one name come to, towards zero. Means of quotients and of remainders: a sum of values could overflow.
inline int64_t mean_nano(const std::vector<int64_t>& values) {
  const auto count = static_cast<int64_t>(values.size());
  int64_t whole = 0;
  int64_t rest = 0;
  for (const int64_t value : values) {
    whole += value / count;
    rest += value % count;
  }
  return count == 0 ? 0 : whole + rest / count;
}

// What a trace's spans add up to.
struct TraceTotals {
  TokenCounts usage;
  double cost = 0;
  int64_t span_count = 0;
  int64_t llm_span_count = 0;
  bool has_tool_spans = false;
  std::vector<std::string> providers;      // distinct, sorted
  std::vector<FeedbackScore> span_scores;  // of its spans; entity_id is the span
};

struct Record {
  Kind kind = Kind::trace;
  base::Uuid id;
  View view;
  base::Uuid project_id;
  std::string project_name;
  std::vector<FeedbackScore> scores;       // by name
  double cost = 0;                         // spans only: US dollars, as given or else computed (cost/span_cost.h); 0 if unknown
  TraceTotals totals;                      // traces only
  std::vector<Comment> comments;           // the oldest first
  std::vector<GuardrailCheck> guardrails;  // traces only; by span
};

struct Project {
  int64_t number = 0;  // how rows refer to it; never leaves the server
  base::Uuid id;
  std::string name;
  std::optional<std::string> description;
  std::string visibility = "private";
  int64_t created_at_us = 0;
  int64_t last_updated_at_us = 0;
  std::optional<int64_t> last_updated_trace_at_us;
};

struct Percentiles {
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
};

// Statistics over a selection of traces or spans. Absent: there was nothing to compute it from.
struct Stats {
  int64_t count = 0;
  std::optional<Percentiles> duration_ms;
  int64_t input_count = 0;
  int64_t output_count = 0;
  int64_t metadata_count = 0;
  double tags_average = 0;
  int64_t thread_count = 0;            // traces only
  double llm_span_count_average = 0;   // traces only
  double span_count_average = 0;       // traces only
  std::optional<double> cost_average;  // over entities with a cost > 0
  double cost_sum = 0;
  std::map<std::string, double> usage_average;
  TokenCounts usage_sum;
  std::map<std::string, double> score_average;
  std::map<std::string, double> span_score_average;  // traces only
  int64_t guardrails_failed_count = 0;               // traces only: checks, not traces
  int64_t error_count = 0;
};

}  // namespace opik::model

#pragma once
// A thread: the traces of one project that carry the same thread_id, as one conversation. It is there as long as one of them is; what it
// shows of them is computed. It has an id of its own beside the thread_id, by which tags, scores and comments refer to it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.h"
#include "model/comment.h"
#include "model/record.h"

namespace opik::model {

struct Thread {
  std::string thread_id;
  base::Uuid id;  // Opik's thread_model_id
  base::Uuid project_id;
  int64_t start_time_ns = 0;           // the least of its traces'
  std::optional<int64_t> end_time_ns;  // the greatest of its traces'
  std::string first_message;           // JSON text: input of the trace that started first (of several, the one with the least id)
  std::string last_message;            // JSON text: output of the trace that ended last (of several, the one with the greatest id)
  std::string source;                  // of the trace that started first
  int64_t trace_count = 0;             // at least 1
  TokenCounts usage;                   // the sum of its traces'
  double cost = 0;                     // likewise
  std::string tags;                    // JSON text: array of distinct strings; empty: none
  bool is_active = true;
  std::vector<FeedbackScore> scores;  // by name
  std::vector<Comment> comments;      // the oldest first
  int64_t created_at_us = 0;          // the least of its traces'
  int64_t last_updated_at_us = 0;     // the greatest of its traces' and of its own changes
};

// A question and an answer.
inline constexpr int64_t kMessagesOfTrace = 2;

// The id of a thread that comes into being with a trace that was created at that time. The same again, if it is deleted and its traces
// come back.
base::Uuid thread_model_id(int64_t created_at_us, int64_t project, std::string_view thread_id);

// Statistics over threads. Absent: there was nothing to compute it from.
struct ThreadStats {
  int64_t count = 0;
  std::optional<Percentiles> duration_ms;
  double messages_average = 0;
  double tags_average = 0;
  std::optional<double> cost_average;  // over threads with a cost > 0
  double cost_sum = 0;
  std::map<std::string, double> usage_average;
  TokenCounts usage_sum;
  std::map<std::string, double> score_average;
};

}  // namespace opik::model

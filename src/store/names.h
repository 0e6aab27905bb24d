#pragma once
// Which names are in use, for the web UI to offer: of scores, and of what usage counts.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/comment.h"

namespace opik::store {

struct ScoreNames {
  model::Subject subject = model::Subject::trace;  // whose scores
  std::optional<int64_t> project;                  // of this one alone
  std::optional<std::string> span_type;            // of spans of this type alone
};

// Any thread. Names are distinct and ascend.
class NameReader {
 public:
  virtual ~NameReader() = default;
  virtual base::Result<std::vector<std::string>> score_names(int64_t workspace, const ScoreNames& which) const = 0;
  virtual base::Result<std::vector<std::string>> usage_names(int64_t project) const = 0;
};

}  // namespace opik::store

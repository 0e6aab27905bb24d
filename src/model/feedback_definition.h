#pragma once
// How a person may judge: the scales that the web UI offers for feedback scores. Scores do not refer to them but by name.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/uuid.h"

namespace opik::model {

enum class FeedbackType : uint8_t { numerical, categorical, boolean };
inline constexpr std::string_view kFeedbackTypeNames[] = {"numerical", "categorical", "boolean"};
inline constexpr std::string_view feedback_type_name(FeedbackType type) { return kFeedbackTypeNames[static_cast<size_t>(type)]; }

// Every new workspace has it, under the id that Opik gives it.
inline constexpr std::string_view kUserFeedback = "User feedback";
inline constexpr std::string_view kUserFeedbackId = "0190babc-62a0-71d2-832a-0feffa4676eb";
inline constexpr std::string_view kUserFeedbackDetails = R"({"categories":{"👍":1,"👎":0}})";

struct FeedbackDefinition {
  base::Uuid id;
  std::string name;
  std::optional<std::string> description;
  FeedbackType type = FeedbackType::numerical;
  std::string details;  // JSON object, checked: {"min","max"}, {"categories":{name: value}}, {"true_label","false_label"}
  int64_t created_at_us = 0;
  int64_t last_updated_at_us = 0;
  friend bool operator==(const FeedbackDefinition&, const FeedbackDefinition&) = default;
};

}  // namespace opik::model

#pragma once
// What a person wrote about a trace, a span or a thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/uuid.h"

namespace opik::model {

// What can be commented on.
enum class Subject : uint8_t { trace, span, thread };
inline constexpr std::string_view kSubjectNames[] = {"trace", "span", "thread"};
inline constexpr std::string_view subject_name(Subject subject) { return kSubjectNames[static_cast<size_t>(subject)]; }

struct Comment {
  base::Uuid id;
  base::Uuid subject_id;  // of a thread: its thread_model_id
  std::string text;
  int64_t created_at_us = 0;
  int64_t last_updated_at_us = 0;
  friend bool operator==(const Comment&, const Comment&) = default;
};

}  // namespace opik::model

#pragma once
// A change of a trace as a line of compact JSON.
//
//   {"id":"0190...","what":"updated","name":"answer","start_time":"...","end_time":"...","changed":["output","spans"]}

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.h"

namespace opik::codec {

struct LiveEvent {
  base::Uuid id;
  std::string_view what;  // created, updated, deleted
  std::string_view name;  // empty: none
  std::optional<int64_t> start_time_ns;
  std::optional<int64_t> end_time_ns;
  std::vector<std::string_view> changed;  // members of the trace
};
void append_live_event(std::string& out, const LiveEvent& event);

}  // namespace opik::codec

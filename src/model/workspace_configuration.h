#pragma once
// What a workspace may set. Absent: as the server or the web UI has it by itself.

#include <cstdint>
#include <optional>
#include <string>

namespace opik::model {

struct WorkspaceConfiguration {
  std::optional<int64_t> thread_timeout_s;   // without a new trace for so long, a thread is inactive
  std::optional<bool> truncation_on_tables;  // the web UI asks for long inputs and outputs cut
  std::optional<std::string> color_map;      // JSON object: label -> "#RRGGBB"
  friend bool operator==(const WorkspaceConfiguration&, const WorkspaceConfiguration&) = default;
};

}  // namespace opik::model

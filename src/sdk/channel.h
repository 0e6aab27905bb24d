#pragma once
// What a handle points to: the way to a server (Core) with the project and the rules of one client. Lives as long as the process, so that
// handles may be copied and outlive their client; alike clients share one.

#include <atomic>
#include <cstdint>
#include <string>

namespace opik::sdk {
class Core;
}

namespace opik::detail {

struct Channel {
  sdk::Core* core = nullptr;
  std::string project;
  std::string project_json;            // the same as a JSON string
  uint64_t sample_below = UINT64_MAX;  // traces whose id's random half is below are recorded
  bool warns = true;
  bool eager = false;                   // batching=false: the owner thread is woken by every call
  Channel* root = nullptr;              // the client's own; this one may be of another project
  std::atomic<int> clients{0};          // of the root: that are open
  std::atomic<Channel*> next{nullptr};  // of the root: those of other projects
};

}  // namespace opik::detail

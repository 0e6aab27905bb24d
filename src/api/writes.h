#pragma once
// What the write routes share.

#include <utility>
#include <vector>

#include "api/api.h"
#include "api/errors.h"
#include "base/cpu_time.h"

namespace opik::api {

// Runs `decode` (a call into codec/) and counts what it costs.
template <class Decode>
auto timed_decode(const Parts& parts, Decode&& decode) {
  const base::CpuTimer timer(parts.counters.decode_ns);
  return std::forward<Decode>(decode)();
}

// Which are to be deleted: {id} of the path, or {"ids": [...]} of the body.
base::Result<std::vector<base::Uuid>> path_ids(const http::Request& request);
base::Result<std::vector<base::Uuid>> listed_ids(const Parts& parts, const http::Request& request);

// Runs `work` with the next group and replies `success` when it is on disk, or `failure` of what kept it from being there.
// Keeps what the request draws from the budget until then.
void execute(const Parts& parts, http::Request& request, std::function<base::Result<void>(ingest::Session&)> work, http::Reply reply,
             std::function<http::Response()> success, http::Response (*failure)(const base::Error&) = error_response);

}  // namespace opik::api

#include "api/writes.h"

#include "api/routes.h"

namespace opik::api {

void execute(const Parts& parts, http::Request& request, std::function<base::Result<void>(ingest::Session&)> work, http::Reply reply,
             std::function<http::Response()> success, http::Response (*failure)(const base::Error&)) {
  auto done = [hold = hold_in_flight(request), reply = std::move(reply), success = std::move(success), failure](base::Result<void> result) {
    reply(result ? success() : failure(result.error()));
  };
  parts.ingest.execute(std::move(work), std::move(done));
}

}  // namespace opik::api

#include "api/writes.h"

#include "api/params.h"
#include "api/routes.h"

namespace opik::api {

base::Result<std::vector<base::Uuid>> path_ids(const http::Request& request) {
  const base::Result<base::Uuid> id = path_id(request);
  if (!id) return id.error();
  return std::vector{*id};
}

base::Result<std::vector<base::Uuid>> listed_ids(const Parts& parts, const http::Request& request) {
  base::Result<codec::IdList> list = timed_decode(parts, [&] { return codec::decode_ids(request.body); });
  if (!list) return list.error();
  return std::move(list->ids);
}

void execute(const Parts& parts, http::Request& request, std::function<base::Result<void>(ingest::Session&)> work, http::Reply reply,
             std::function<http::Response()> success, http::Response (*failure)(const base::Error&)) {
  auto done = [hold = hold_in_flight(request), reply = std::move(reply), success = std::move(success), failure](base::Result<void> result) {
    reply(result ? success() : failure(result.error()));
  };
  parts.ingest.execute(std::move(work), std::move(done));
}

}  // namespace opik::api

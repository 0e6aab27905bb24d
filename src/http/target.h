#pragma once
// The request target, "/api/v1/private/traces/?page=2", as path and query. Pure.
//
//   Result<Target> target = parse_target("/api/v1/x%20y/?a=1+2");   // path "/v1/x y", query {{"a", "1 2"}}
//
// "/api" in front and one "/" behind are dropped, percent escapes decoded; in the query "+" is a space. An absolute URL
// ("http://host/path") counts as its path. Errors (Code::malformed): a broken escape, text that is not UTF-8, a NUL or an
// encoded slash in the path (it would change where segments end).

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace opik::http {

struct Target {
  std::string path;
  Pairs query;
  bool below_api = false;  // "/api" stood in front
};

base::Result<Target> parse_target(std::string_view target);

// A text as the value of a query parameter, or of a header's parameter (RFC 5987): all but letters, digits and -._~ as %XX.
std::string percent_encode(std::string_view text);

}  // namespace opik::http

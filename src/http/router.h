#pragma once
// Which handler serves which method and path.
//
//   router.add(Method::get, "/v1/private/traces/{id}", handler);
//
// A literal segment wins over a parameter ("/traces/batch" over "/traces/{id}"). Filled before the server starts, read-only after.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace opik::http {

class Router {
 public:
  void add(Method method, std::string_view pattern, Handler handler);

  struct Match {
    const Handler* handler = nullptr;      // null: no such path, or not with this method
    bool path_known = false;               // true and no handler: 405
    std::vector<Method> allowed;           // for 405 and OPTIONS
    Pairs path_params;
    std::string_view pattern;              // for metrics: "/v1/private/traces/{id}"
  };
  Match match(Method method, std::string_view path) const;

 private:
  struct Route {
    Method method;
    std::string pattern;
    std::vector<std::string> segments;
    Handler handler;
  };
  std::vector<Route> routes_;
};

}  // namespace opik::http

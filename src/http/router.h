#pragma once
// Which handler serves which method and path.
//
//   router.add(Method::get, "/v1/private/traces/{id}", handler);
//   router.add_receiver(Method::put, "/v1/private/attachment/upload", receiver);   // a body of any type and size, taken as it comes
//
// A literal segment wins over a parameter ("/traces/batch" over "/traces/{id}"), whatever the method; a parameter is never
// empty. HEAD is served by the route of GET unless it has its own. Filled before the server starts, read-only after.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace opik::http {

class Router {
 public:
  // `body_types`: the media types a body may have, in lower case; "*" takes any, or none. Others: 415.
  void add(Method method, std::string_view pattern, Handler handler, std::vector<std::string> body_types = {"application/json"});

  // Who answers GET and HEAD of paths that no route has. One at most; "/api/..." never gets there.
  void add_fallback(Handler handler);
  void add_receiver(Method method, std::string_view pattern, Receiver receiver);

  struct Match {
    const Handler* handler = nullptr;
    const Receiver* receiver = nullptr;  // neither: no such path, or not with this method
    bool path_known = false;             // true and neither: 405
    std::vector<Method> allowed;         // for 405 and OPTIONS; empty if the request is served
    bool is_served() const { return handler != nullptr || receiver != nullptr; }
    Pairs path_params;
    std::string_view pattern;  // for metrics: "/v1/private/traces/{id}"
    std::span<const std::string> body_types;
  };
  Match match(Method method, std::string_view path) const;
  const Handler* fallback(Method method) const;  // null: there is none for this method

 private:
  struct Route {
    Method method;
    std::string pattern;
    std::vector<std::string> names;  // of the parameters, in order
    std::vector<std::string> body_types;
    Handler handler;
    Receiver receiver;  // instead of `handler`
  };
  // A tree by segments; nodes refer to each other by their place in nodes_.
  struct Node {
    std::vector<std::pair<std::string, size_t>> literals;
    size_t parameter = 0;       // 0, the root, is nobody's child: none
    std::vector<Route> routes;  // of the patterns that end here
  };
  void add_route(std::string_view pattern, Route route);
  size_t child(size_t node, std::string_view segment);
  const Node* find(size_t node, std::string_view rest, std::vector<std::string_view>& values) const;

  std::vector<Node> nodes_{1};
  Handler fallback_;
};

}  // namespace opik::http

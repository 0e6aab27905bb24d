#include "http/router.h"

#include <algorithm>

#include "base/check.h"

namespace opik::http {
namespace {

// Takes the first segment off "/a/b": "a", leaving "/b".
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

std::string_view without_root(std::string_view path) { return path == "/" ? std::string_view() : path; }

bool is_parameter(std::string_view segment) { return segment.size() > 2 && segment.front() == '{' && segment.back() == '}'; }

}  // namespace

void Router::add(Method method, std::string_view pattern, Handler handler, std::vector<std::string> body_types) {
  add_route(pattern, {method, std::string(pattern), {}, std::move(body_types), std::move(handler), nullptr});
}

void Router::add_receiver(Method method, std::string_view pattern, Receiver receiver) {
  add_route(pattern, {method, std::string(pattern), {}, {"*"}, nullptr, std::move(receiver)});
}

void Router::add_route(std::string_view pattern, Route route) {
  base::check(pattern.starts_with('/'), "a route begins with /");
  size_t node = 0;
  for (std::string_view rest = without_root(pattern); !rest.empty();) {
    const std::string_view segment = take_segment(rest);
    base::check(!segment.empty(), "a route has no empty segment");
    if (is_parameter(segment)) route.names.emplace_back(segment.substr(1, segment.size() - 2));
    node = child(node, segment);
  }
  for (const Route& other : nodes_[node].routes) base::check(other.method != route.method, "two routes for one method and path");
  nodes_[node].routes.push_back(std::move(route));
}

Router::Match Router::match(Method method, std::string_view path) const {
  Match match;
  if (!path.starts_with('/')) return match;
  std::vector<std::string_view> values;
  const Node* node = find(0, without_root(path), values);
  if (node == nullptr) return match;
  match.path_known = true;

  const auto serving = [&](Method wanted) {
    return std::find_if(node->routes.begin(), node->routes.end(), [&](const Route& route) { return route.method == wanted; });
  };
  auto route = serving(method);
  if (route == node->routes.end() && method == Method::head) route = serving(Method::get);
  if (route == node->routes.end()) {
    match.pattern = node->routes.front().pattern;
    for (const Route& other : node->routes) match.allowed.push_back(other.method);
    if (serving(Method::get) != node->routes.end() && serving(Method::head) == node->routes.end()) match.allowed.push_back(Method::head);
    if (serving(Method::options) == node->routes.end()) match.allowed.push_back(Method::options);
    return match;
  }
  if (route->receiver) {
    match.receiver = &route->receiver;
  } else {
    match.handler = &route->handler;
  }
  match.pattern = route->pattern;
  match.body_types = route->body_types;
  for (size_t i = 0; i < values.size(); ++i) match.path_params.emplace_back(route->names[i], values[i]);
  return match;
}

void Router::add_fallback(Handler handler) {
  base::check(fallback_ == nullptr, "two fallbacks");
  fallback_ = std::move(handler);
}

const Handler* Router::fallback(Method method) const {
  const bool reads = method == Method::get || method == Method::head;
  return reads && fallback_ != nullptr ? &fallback_ : nullptr;
}

size_t Router::child(size_t node, std::string_view segment) {
  if (is_parameter(segment)) {
    if (nodes_[node].parameter != 0) return nodes_[node].parameter;
    nodes_.emplace_back();
    return nodes_[node].parameter = nodes_.size() - 1;
  }
  for (const auto& [text, index] : nodes_[node].literals) {
    if (text == segment) return index;
  }
  nodes_.emplace_back();
  nodes_[node].literals.emplace_back(segment, nodes_.size() - 1);
  return nodes_.size() - 1;
}

// The first node with routes, literals before parameters at every segment. Visits each node once at most, as one depth of the
// tree is one depth of the path.
const Router::Node* Router::find(size_t node, std::string_view rest, std::vector<std::string_view>& values) const {
  const Node& here = nodes_[node];
  if (rest.empty()) return here.routes.empty() ? nullptr : &here;
  const std::string_view segment = take_segment(rest);
  for (const auto& [text, index] : here.literals) {
    if (text != segment) continue;
    if (const Node* found = find(index, rest, values)) return found;
    break;
  }
  if (here.parameter == 0 || segment.empty()) return nullptr;
  values.push_back(segment);
  if (const Node* found = find(here.parameter, rest, values)) return found;
  values.pop_back();
  return nullptr;
}

}  // namespace opik::http

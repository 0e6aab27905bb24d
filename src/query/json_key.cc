#include "query/json_key.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "query/limits.h"

namespace opik::query {
namespace {

using model::JsonPath;
using Step = JsonPath::Step;

// [12], [*], ['a b'] or ["a b"], with \ before a quote or itself. Nothing, and `at` as it was, if it is none of these.
std::optional<Step> read_subscript(std::string_view text, size_t& at) {
  size_t i = at + 1;
  Step step;
  if (text.substr(i).starts_with("*]")) {
    step.kind = Step::Kind::elements;
    at = i + 2;
    return step;
  }
  if (i < text.size() && (text[i] == '\'' || text[i] == '"')) {
    const char quote = text[i++];
    for (; i < text.size() && text[i] != quote; ++i) {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      step.name += text[i];
    }
    if (!text.substr(std::min(i + 1, text.size())).starts_with(']')) return std::nullopt;
    at = i + 2;
    return step;
  }
  const auto [end, error] = std::from_chars(text.data() + i, text.data() + text.size(), step.index);
  if (error != std::errc{} || end == text.data() + text.size() || *end != ']') return std::nullopt;
  step.kind = Step::Kind::element;
  at = static_cast<size_t>(end - text.data()) + 1;
  return step;
}

// Steps from `at` to the end, the first of them a name without a dot before it if `named`. False: it is no path.
bool read_steps(std::string_view text, size_t at, bool named, std::vector<Step>& steps) {
  while (at < text.size()) {
    if (text[at] == '[') {
      std::optional<Step> step = read_subscript(text, at);
      if (!step) return false;
      steps.push_back(*std::move(step));
    } else if (text[at] == '.' || (named && steps.empty())) {
      if (text[at] == '.') ++at;
      const size_t end = std::min(text.find_first_of(".[]", at), text.size());
      if (end == at || (end < text.size() && text[end] == ']')) return false;
      steps.push_back({Step::Kind::member, std::string(text.substr(at, end - at)), 0});
      at = end;
    } else {
      return false;
    }
    if (steps.size() > kPathStepsMax) return false;
  }
  return true;
}

bool begins_like_a_path(std::string_view key) {
  if (key.starts_with('$'))
    key.remove_prefix(1);
  else if (key.starts_with('.'))
    return true;
  else
    return key.starts_with('[');
  return key.empty() || key.starts_with('.') || key.starts_with('[');
}

}  // namespace

std::optional<JsonPath> parse_json_key(std::string_view key) {
  if (key.empty()) return std::nullopt;
  JsonPath path;
  if (begins_like_a_path(key)) {
    if (!read_steps(key, key[0] == '$' ? 1 : 0, false, path.steps)) return std::nullopt;
    return path;
  }
  if (!read_steps(key, 0, true, path.steps)) {
    path.steps.clear();
    size_t begin = 0;
    while (begin <= key.size()) {
      const size_t end = std::min(key.find('.', begin), key.size());
      path.steps.push_back({Step::Kind::member, std::string(key.substr(begin, end - begin)), 0});
      begin = end + 1;
    }
    if (path.steps.size() > kPathStepsMax) return std::nullopt;
  }
  if (path.steps.size() > 1) path.flat_name = key;
  return path;
}

}  // namespace opik::query

#include "codec/usage.h"

#include <charconv>
#include <cstring>

#include "codec/decode.h"
#include "codec/slice.h"

namespace opik::codec {
namespace {

void add_count(model::TokenCounts& into, std::string_view name, int64_t count) {
  const auto known = into.find(name);
  if (known != into.end()) {
    known->second += count;
  } else {
    into.emplace(name, count);
  }
}

// Takes {"name":1,"other":2} apart, as this server prints it: without spaces or escapes. False as soon as it is written in
// another way.
template <class Visit>
bool each_printed_count(std::string_view json, Visit&& visit) {
  const char* at = json.data() + 1;
  const char* const end = json.data() + json.size();
  while (at < end && *at == '"') {
    const auto* const quote = static_cast<const char*>(std::memchr(at + 1, '"', static_cast<size_t>(end - at - 1)));
    if (quote == nullptr || quote + 1 == end || quote[1] != ':') return false;
    const std::string_view name(at + 1, static_cast<size_t>(quote - at - 1));
    int64_t count = 0;
    const auto [stop, error] = std::from_chars(quote + 2, end, count);
    if (error != std::errc{} || stop == end || (*stop != ',' && *stop != '}')) return false;
    visit(name, count);
    at = stop + 1;
  }
  return at == end;
}

// The same for every way to write it; names keep their escapes.
template <class Visit>
void each_count(std::string_view json, Visit&& visit) {
  each_member(json, [&](std::string_view name, std::string_view number) {
    int64_t count = 0;
    const char* const end = number.data() + number.size();
    const auto [stop, error] = std::from_chars(number.data(), end, count);
    if (error == std::errc{} && stop == end) visit(name, count);
  });
}

}  // namespace

void add_usage(std::string_view json, model::TokenCounts& into) {
  if (json.empty() || json[0] != '{') return;
  const bool is_plain = json.find('\\') == std::string_view::npos && each_printed_count(json, [](std::string_view, int64_t) {});
  if (is_plain) {
    each_printed_count(json, [&](std::string_view name, int64_t count) { add_count(into, name, count); });
    return;
  }
  each_count(json, [&](std::string_view name, int64_t count) { add_count(into, unescape(name), count); });
}

void usage_counts(std::string_view json, UsageCounts& into) {
  if (json.empty() || json[0] != '{') return;
  const size_t before = into.size();
  const auto add = [&](std::string_view name, int64_t count) { into.push_back({name, count}); };
  if (each_printed_count(json, add)) return;
  into.resize(before);
  each_count(json, add);
}

}  // namespace opik::codec

#include "codec/workspace_configuration.h"

#include <fmt/format.h>

#include "codec/body.h"
#include "codec/duration.h"
#include "codec/object_writer.h"
#include "codec/reader.h"
#include "codec/slice.h"
#include "model/limits.h"

namespace opik::codec {
namespace {

using base::Result;

std::optional<int64_t> read_timeout_s(Reader& in) {
  constexpr Key kKey = Key::timeout_to_mark_thread_as_inactive;
  const std::optional<std::string> text = in.text_as_is(kKey);
  if (!text) return std::nullopt;
  const std::optional<int64_t> ms = parse_duration_ms(*text);
  if (!ms) {
    in.fail(malformed(fmt::format("Cannot deserialize value of {} from {}: expected an ISO-8601 duration, as PT30M", key_name(kKey),
                                  describe(in.slice(kKey).text))));
    return std::nullopt;
  }
  if (*ms % 1000 != 0) in.refuse(kKey, "minimum precision supported is seconds, please use a duration with seconds precision or higher");
  if (*ms <= 0) in.refuse(kKey, "must be greater than 0");
  if (*ms > model::kThreadTimeoutMaxS * 1000) in.refuse(kKey, "exceeds the max duration allowed of 7 days");
  return *ms / 1000;
}

bool is_color(std::string_view text) {
  return text.size() == 7 && text[0] == '#' && text.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string_view::npos;
}

std::optional<std::string> read_color_map(Reader& in) {
  const std::optional<std::string> colors = in.json_object(Key::color_map);
  if (!colors) return std::nullopt;
  size_t count = 0;
  each_member(*colors, [&](std::string_view label, std::string_view color) {
    ++count;
    if (type_of(color) == JsonType::string && is_color(unescape(color.substr(1, color.size() - 2)))) return;
    in.refuse(Key::color_map, fmt::format("values must be colors as #RRGGBB, found {} for '{}'", describe(color), unescape(label)));
  });
  if (count > model::kColorsMax) in.refuse(Key::color_map, fmt::format("size must be between 0 and {}", model::kColorsMax));
  return colors;
}

}  // namespace

Result<model::WorkspaceConfiguration> decode_workspace_configuration(const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  const model::WorkspaceConfiguration configuration{read_timeout_s(in), in.boolean(Key::truncation_on_tables), read_color_map(in)};
  if (in.failed()) return in.error();
  return configuration;
}

void append_workspace_configuration(std::string& out, const model::WorkspaceConfiguration& configuration) {
  ObjectWriter object(out);
  if (configuration.thread_timeout_s) {
    std::string& text = object.key("timeout_to_mark_thread_as_inactive");
    text.push_back('"');
    append_duration_s(text, *configuration.thread_timeout_s);
    text.push_back('"');
  }
  if (configuration.truncation_on_tables) object.key("truncation_on_tables").append(*configuration.truncation_on_tables ? "true" : "false");
  if (configuration.color_map) object.key("color_map").append(*configuration.color_map);
}

}  // namespace opik::codec

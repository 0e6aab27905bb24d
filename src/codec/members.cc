#include "codec/members.h"

// Names are looked up in a table that is filled at compile time: a cheap hash of length and two letters, then the next free
// place.

namespace opik::codec {
namespace {

constexpr std::array<std::string_view, kKeyCount> kNames{"id",
                                                         "project_name",
                                                         "project_id",
                                                         "trace_id",
                                                         "parent_span_id",
                                                         "name",
                                                         "type",
                                                         "start_time",
                                                         "end_time",
                                                         "input",
                                                         "output",
                                                         "metadata",
                                                         "tags",
                                                         "tags_to_add",
                                                         "tags_to_remove",
                                                         "usage",
                                                         "error_info",
                                                         "model",
                                                         "provider",
                                                         "thread_id",
                                                         "total_estimated_cost",
                                                         "ttft",
                                                         "source",
                                                         "last_updated_at",
                                                         "value",
                                                         "category_name",
                                                         "reason",
                                                         "author",
                                                         "description",
                                                         "visibility",
                                                         "filters",
                                                         "limit",
                                                         "truncate",
                                                         "exclude",
                                                         "strip_attachments",
                                                         "from_time",
                                                         "to_time",
                                                         "last_retrieved_id",
                                                         "ids",
                                                         "update",
                                                         "merge_tags",
                                                         "file_name",
                                                         "file_names",
                                                         "mime_type",
                                                         "entity_type",
                                                         "container_id",
                                                         "num_of_file_parts",
                                                         "path",
                                                         "upload_id",
                                                         "traces",
                                                         "spans",
                                                         "scores",
                                                         "details",
                                                         "text",
                                                         "guardrails",
                                                         "entity_id",
                                                         "secondary_id",
                                                         "result",
                                                         "config",
                                                         "timeout_to_mark_thread_as_inactive",
                                                         "truncation_on_tables",
                                                         "color_map",
                                                         "metric_type",
                                                         "interval",
                                                         "interval_start",
                                                         "interval_end",
                                                         "span_filters",
                                                         "trace_filters",
                                                         "thread_filters",
                                                         "breakdown",
                                                         "field",
                                                         "metadata_key",
                                                         "sub_metric",
                                                         "thread_ids",
                                                         "names",
                                                         "last_retrieved_thread_model_id"};

constexpr size_t kPlaces = 256;
constexpr uint8_t kFree = 0xff;

// `name` is not empty.
constexpr size_t place_of(std::string_view name) {
  return (name.size() * 31 + static_cast<uint8_t>(name.front()) * 7 + static_cast<uint8_t>(name.back()) * 13) % kPlaces;
}

constexpr std::array<uint8_t, kPlaces> kTable = [] {
  std::array<uint8_t, kPlaces> table{};
  table.fill(kFree);
  for (size_t key = 0; key < kKeyCount; ++key) {
    size_t place = place_of(kNames[key]);
    while (table[place] != kFree) place = (place + 1) % kPlaces;
    table[place] = static_cast<uint8_t>(key);
  }
  return table;
}();

}  // namespace

std::string_view key_name(Key key) { return kNames[static_cast<size_t>(key)]; }

std::optional<Key> key_of(std::string_view name) {
  if (name.empty()) return std::nullopt;
  for (size_t place = place_of(name); kTable[place] != kFree; place = (place + 1) % kPlaces) {
    if (kNames[kTable[place]] == name) return static_cast<Key>(kTable[place]);
  }
  return std::nullopt;
}

}  // namespace opik::codec

#pragma once
// The names that members of Opik's requests have, and the members of one object by name.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace opik::codec {

enum class Key : uint8_t {
  id,
  project_name,
  project_id,
  trace_id,
  parent_span_id,
  name,
  type,
  start_time,
  end_time,
  input,
  output,
  metadata,
  tags,
  tags_to_add,
  tags_to_remove,
  usage,
  error_info,
  model,
  provider,
  thread_id,
  total_estimated_cost,
  ttft,
  source,
  last_updated_at,
  value,
  category_name,
  reason,
  author,
  description,
  visibility,
  filters,
  limit,
  truncate,
  exclude,
  strip_attachments,
  from_time,
  to_time,
  last_retrieved_id,
  ids,
  update,
  merge_tags,
  file_name,
  file_names,
  mime_type,
  entity_type,
  container_id,
  num_of_file_parts,
  path,
  upload_id,
  traces,
  spans,
  scores,
  details,
  text,
  guardrails,
  entity_id,
  secondary_id,
  result,
  config,
  timeout_to_mark_thread_as_inactive,
  truncation_on_tables,
  color_map,
  metric_type,
  interval,
  interval_start,
  interval_end,
  span_filters,
  trace_filters,
  thread_filters,
  breakdown,
  field,
  metadata_key,
  sub_metric,
  thread_ids,
  names,
  last_retrieved_thread_model_id,
};
inline constexpr size_t kKeyCount = static_cast<size_t>(Key::last_retrieved_thread_model_id) + 1;

// What a span can be.
inline constexpr std::array<std::string_view, 4> kSpanTypes{"general", "tool", "llm", "guardrail"};

std::string_view key_name(Key key);
// `name` is unescaped. Nothing for a name that no request has.
std::optional<Key> key_of(std::string_view name);

// A member's value: trimmed JSON text, checked.
struct Slice {
  std::string_view text;  // empty: no such member
  bool standard = true;   // false: to be passed through standard_json()

  bool is_null() const { return text.empty() || text == "null"; }
};

using Members = std::array<Slice, kKeyCount>;

}  // namespace opik::codec

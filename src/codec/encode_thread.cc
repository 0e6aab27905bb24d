#include "codec/comment.h"
#include "codec/object_writer.h"
#include "codec/record_parts.h"
#include "codec/thread.h"

namespace opik::codec {

using model::Thread;

void append_thread(std::string& out, const Thread& thread, bool truncate) {
  ObjectWriter object(out);
  append_string(object.key("id"), thread.thread_id);
  append_uuid(object.key("project_id"), thread.project_id);
  append_time_ns(object.key("start_time"), thread.start_time_ns);
  if (thread.end_time_ns) {
    append_time_ns(object.key("end_time"), *thread.end_time_ns);
    append_number(object.key("duration"), static_cast<double>(*thread.end_time_ns / 1000 - thread.start_time_ns / 1000) / 1000);
  }
  if (!thread.first_message.empty()) append_payload(object.key("first_message"), thread.first_message, truncate);
  if (!thread.last_message.empty()) append_payload(object.key("last_message"), thread.last_message, truncate);
  if (!thread.comments.empty()) append_comments(object.key("comments"), thread.comments);
  if (!thread.scores.empty()) append_scores(object.key("feedback_scores"), thread.scores, false);
  append_string(object.key("status"), thread.is_active ? "active" : "inactive");
  append_integer(object.key("number_of_messages"), thread.trace_count * model::kMessagesOfTrace);
  if (thread.cost != 0) append_number(object.key("total_estimated_cost"), thread.cost);
  if (!thread.usage.empty()) {
    ObjectWriter usage(object.key("usage"));
    for (const auto& [name, count] : thread.usage) append_integer(usage.chosen_key(name), count);
  }
  if (!thread.tags.empty() && thread.tags != "[]") object.key("tags").append(thread.tags);
  append_uuid(object.key("thread_model_id"), thread.id);
  append_time_us(object.key("created_at"), thread.created_at_us);
  append_string(object.key("created_by"), model::kOnlyUser);
  append_time_us(object.key("last_updated_at"), thread.last_updated_at_us);
  append_string(object.key("last_updated_by"), model::kOnlyUser);
}

void append_thread_page(std::string& out, const std::vector<Thread>& threads, bool truncate, PagePlace place,
                        const std::vector<std::string>& sortable_by) {
  ObjectWriter object(out);
  append_page_members(object, threads, place, [&](const Thread& thread) { append_thread(out, thread, truncate); });
  append_strings(object.key("sortable_by"), sortable_by);
}

}  // namespace opik::codec

#pragma once
// Opik JSON -> model. Request bodies become messages, checked one item at a time.
//
//   auto errors = decode_batch(Kind::span, body, sink);   // {"spans": [...]}
//   sink               took the good items, one by one
//   *errors            the bad ones, with their place in the list
//
// input, output, metadata and error_info are kept as the JSON text they came as (trimmed, checked, on one line: line breaks between tokens
// go; NaN and +-Infinity, which Python prints, become the strings "NaN", "Infinity", "-Infinity" as Opik's own parser reads them).
// Unknown members are ignored, null is absent.
// Arrival is left 0: the caller sets it (Moment::arrival_us, and stamp_us too where the client sent none: moment.from_client is false).
//
// Errors: Code::malformed for what is not JSON or has the wrong type (message as Opik's: "Unable to process JSON. ..."),
// Code::invalid for an id that is not a UUIDv7, Code::unprocessable with the member's path ("traces[0].startTime must not be null").
// All functions are pure and thread-safe; parsers are kept per thread.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/padded_buffer.h"
#include "base/result.h"
#include "model/message.h"
#include "model/record.h"

namespace opik::codec {

struct ItemError {
  size_t index = 0;
  std::optional<base::Uuid> id;  // if it could be read
  base::Error error;
};

// Takes the good items of a batch, each while its text is still in the processor's caches.
class MessageSink {
 public:
  virtual ~MessageSink() = default;
  // A list begins: what came before belonged to an earlier member of the same name and does not count.
  virtual void begin() = 0;
  // `message` was item `index` of the list. May be moved from.
  virtual void message(size_t index, model::Message& message) = 0;
};

// A body of 1 to kBatchItemsMax items. An item without an id gets a new UUIDv7.
//   returns  the bad items, ascending by index
//   errors   the body is not JSON, or the list is missing, empty or too long: what `sink` took does not count
base::Result<std::vector<ItemError>> decode_batch(model::Kind kind, const base::PaddedBuffer& body, MessageSink& sink);

base::Result<model::Message> decode_create(model::Kind kind, const base::PaddedBuffer& body);

// PATCH of one. `id` comes from the path.
base::Result<model::Message> decode_patch(model::Kind kind, const base::Uuid& id, const base::PaddedBuffer& body);

// PATCH of many: one message per id. {"ids": [...], "update": {...}, "merge_tags": bool}. With merge_tags the update's tags are
// added to those that are there.
base::Result<std::vector<model::Message>> decode_patch_batch(model::Kind kind, const base::PaddedBuffer& body);

struct ScoreBatch {
  std::vector<model::FeedbackScore> scores;
  std::vector<size_t> positions;
  std::vector<ItemError> errors;
};
// {"scores": [{id, name, value, source, ...}]}, 1 to kBatchItemsMax.
base::Result<ScoreBatch> decode_score_batch(model::Kind kind, const base::PaddedBuffer& body);
// One score for the entity in the path.
base::Result<model::FeedbackScore> decode_score(const base::PaddedBuffer& body);

struct ScoreName {
  std::string name;
  std::string author;  // empty: every author
};
base::Result<ScoreName> decode_score_name(const base::PaddedBuffer& body);

struct IdList {
  std::vector<base::Uuid> ids;  // 1 to kBatchItemsMax
  std::optional<base::Uuid> project_id;
};
base::Result<IdList> decode_ids(const base::PaddedBuffer& body);

struct ProjectWrite {
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::string> visibility;  // private, public
};
// `creating`: the name must be there.
base::Result<ProjectWrite> decode_project(const base::PaddedBuffer& body, bool creating);
base::Result<std::string> decode_project_name(const base::PaddedBuffer& body);  // {"name": ...}

// The body of POST /traces/search, /spans/search and /traces/threads/search.
struct SearchRequest {
  std::string project_name;
  std::optional<base::Uuid> project_id;
  std::optional<base::Uuid> trace_id;
  std::optional<std::string> type;
  std::string filters;  // JSON text of a list, or OQL if it came as a string; empty: none
  std::optional<base::Uuid> last_retrieved_id;
  std::optional<std::string> last_retrieved_thread;  // last_retrieved_thread_model_id: that, or the id that its traces carry
  int64_t limit = 500;
  bool truncate = false;
  bool strip_attachments = false;
  std::vector<std::string> exclude;
  std::optional<int64_t> from_time_ms;
  std::optional<int64_t> to_time_ms;
};
// Of threads as of traces.
base::Result<SearchRequest> decode_search(model::Kind kind, const base::PaddedBuffer& body);

// ISO-8601 with a zone and at most nine fractional digits -> ns since 1970. Nothing if it is not one or does not fit int64 ns.
std::optional<int64_t> parse_instant_ns(std::string_view text);

// A JSON array of strings, as in the query parameter `exclude`.
base::Result<std::vector<std::string>> decode_names(std::string_view json);
// A query parameter with a JSON array: whether it has members. Code::malformed if it is no JSON array.
base::Result<bool> has_members(std::string_view json_array);

// The query parameter `sorting`, [{"field": ..., "direction": "ASC"|"DESC"}]. Code::malformed if it is no JSON array of such objects.
struct Sorting {
  std::string field;
  bool descending = false;
};
base::Result<std::vector<Sorting>> decode_sorting(std::string_view json);

// Filters, [{"field": ..., "operator": ..., "key": ..., "value": ..., "type": ...}], as they were written: which fields and operators there
// are is not known here. `type` is ignored. Code::malformed if it is no JSON array of such objects; the message says what and where.
struct FilterText {
  std::string field;
  std::string op;
  std::string key;
  std::optional<std::string> value;  // a number or boolean as its text
};
base::Result<std::vector<FilterText>> decode_filters(std::string_view json);

// Tags: the JSON text of a set of strings, as kept in Field::tags.
std::vector<std::string> parse_tags(std::string_view json);
std::string print_tags(const std::vector<std::string>& tags);
// Tags after an edit: what is in `remove` goes, what is in `add` and not there yet comes behind.
// Code::unprocessable if more than kPatchTagsMax are left.
base::Result<std::string> edit_tags(std::string_view json, const model::TagEdit& edit);

// Usage, as kept in Field::usage: adds each number to `into`.
void add_usage(std::string_view json, model::TokenCounts& into);
// The string under `key` at the top of a JSON object; nothing if there is none. For error_info's exception_type.
std::optional<std::string> string_member(std::string_view json_object, std::string_view key);

}  // namespace opik::codec

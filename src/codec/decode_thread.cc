#include <fmt/format.h>

#include <algorithm>

#include "codec/body.h"
#include "codec/reader.h"
#include "codec/score.h"
#include "codec/thread.h"
#include "model/limits.h"

namespace opik::codec {
namespace {

using base::Code;
using base::Error;
using base::Result;

// 1 to kBatchItemsMax texts that are not blank.
std::vector<std::string> read_names(Reader& in, Key key) {
  std::vector<std::string> names = in.texts(key).value_or(std::vector<std::string>{});
  if (in.has(key) && (names.empty() || names.size() > model::kBatchItemsMax)) {
    in.refuse(key, fmt::format("size must be between 1 and {}", model::kBatchItemsMax));
  }
  if (std::any_of(names.begin(), names.end(), [](const std::string& name) { return is_blank(name); })) in.refuse(key, "must not be blank");
  return names;
}

Result<ThreadScoreItem> read_thread_score(const Members& members, Where where) {
  Reader in(members, where);
  in.require(Key::thread_id);
  ThreadScoreItem item;
  item.thread_id = in.text_not_blank(Key::thread_id).value_or("");
  item.project_id = in.uuid(Key::project_id);
  item.score = read_score(in);
  if (in.failed()) return in.error();
  return item;
}

class ThreadScoreSink : public ItemSink {
 public:
  void begin() override { batch_ = {}; }
  void item(size_t index, const Members& members) override {
    Result<ThreadScoreItem> score = read_thread_score(members, {key_name(Key::scores), index});
    if (score) {
      score->index = index;
      batch_.scores.push_back(*std::move(score));
    } else {
      batch_.errors.push_back({index, std::nullopt, score.error()});
    }
  }
  void item_of_wrong_type(size_t index, std::string_view value) override {
    batch_.errors.push_back({index, std::nullopt, wrong_item(key_name(Key::scores), index, value)});
  }
  ThreadScoreBatch take() { return std::move(batch_); }

 private:
  ThreadScoreBatch batch_;
};

}  // namespace

Result<ThreadNamesRequest> decode_thread_names(const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  ThreadNamesRequest request;
  request.project_name = in.text(Key::project_name).value_or("");
  request.project_id = in.uuid(Key::project_id);
  request.thread_ids = read_names(in, Key::thread_ids);
  request.truncate = in.boolean(Key::truncate).value_or(false);
  if (std::optional<std::string> one = in.text_not_blank(Key::thread_id)) {
    if (std::find(request.thread_ids.begin(), request.thread_ids.end(), *one) == request.thread_ids.end()) {
      request.thread_ids.push_back(*std::move(one));
    }
  }
  if (!in.has(Key::thread_ids)) in.require(Key::thread_id);
  if (in.failed()) return in.error();
  return request;
}

Result<TagChange> decode_thread_update(const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  TagChange change = read_tag_change(in, false);
  if (in.failed()) return in.error();
  return change;
}

Result<ThreadUpdateBatch> decode_thread_update_batch(const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  in.require(Key::ids);
  in.require(Key::update);
  std::optional<std::vector<base::Uuid>> ids = in.uuids(Key::ids);
  const bool merging_tags = in.boolean(Key::merge_tags).value_or(false);
  const std::optional<Members> update = in.object(Key::update);
  if (in.failed()) return in.error();
  Reader in_update(*update, {key_name(Key::update), {}});
  TagChange change = read_tag_change(in_update, merging_tags);
  if (in_update.failed()) return in_update.error();
  return ThreadUpdateBatch{*std::move(ids), std::move(change)};
}

Result<ThreadScoreBatch> decode_thread_scores(const base::PaddedBuffer& body) {
  ThreadScoreSink sink;
  if (const Result<void> read = read_list(body, Key::scores, sink); !read) return read.error();
  return sink.take();
}

Result<ThreadScoreNames> decode_thread_score_names(const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  for (const Key key : {Key::project_name, Key::thread_id, Key::names}) in.require(key);
  ThreadScoreNames which;
  which.project_name = in.text_not_blank(Key::project_name).value_or("");
  which.thread_id = in.text_not_blank(Key::thread_id).value_or("");
  which.names = read_names(in, Key::names);
  which.author = in.text(Key::author).value_or("");
  if (in.failed()) return in.error();
  return which;
}

}  // namespace opik::codec

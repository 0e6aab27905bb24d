#include <array>

#include <fmt/format.h>

#include "codec/body.h"
#include "codec/decode.h"
#include "codec/reader.h"
#include "codec/score.h"

namespace opik::codec {
namespace {

using base::Code;
using base::Result;
using base::Uuid;
using model::FeedbackScore;

constexpr std::array<std::string_view, 3> kScoreSources{"ui", "sdk", "online_scoring"};

Result<FeedbackScore> read_score_of(model::Kind kind, const Members& members, Where where) {
  Reader in(members, where);
  in.require(Key::id);
  const std::optional<Uuid> id = in.uuid(Key::id);
  if (id && id->version() != 7) in.fail({Code::invalid, fmt::format("{} id must be a version 7 UUID", model::kind_name(kind))});
  FeedbackScore score = read_score(in);
  if (in.failed()) return in.error();
  score.entity_id = *id;
  return score;
}

class ScoreSink : public ItemSink {
 public:
  explicit ScoreSink(model::Kind kind) : kind_(kind) {}

  void begin() override { batch_ = {}; }
  void item(size_t index, const Members& members) override {
    const Where where{key_name(Key::scores), index};
    Result<FeedbackScore> score = read_score_of(kind_, members, where);
    if (score) {
      batch_.scores.push_back(*std::move(score));
      batch_.positions.push_back(index);
      return;
    }
    Reader id_reader(members, where);
    batch_.errors.push_back({index, id_reader.uuid(Key::id), score.error()});
  }
  void item_of_wrong_type(size_t index, std::string_view value) override {
    batch_.errors.push_back({index, std::nullopt, wrong_item(key_name(Key::scores), index, value)});
  }
  ScoreBatch take() { return std::move(batch_); }

 private:
  const model::Kind kind_;
  ScoreBatch batch_;
};

}  // namespace

FeedbackScore read_score(Reader& in) {
  FeedbackScore score;
  in.require(Key::name);
  in.require(Key::value);
  in.require(Key::source);
  score.name = in.text_not_blank(Key::name).value_or("");
  score.value_nano = in.nano(Key::value).value_or(0);
  score.source = in.one_of(Key::source, kScoreSources).value_or("");
  score.category_name = in.text(Key::category_name);
  score.reason = in.text(Key::reason);
  if (std::optional<std::string> author = in.text(Key::author)) score.author = *std::move(author);
  score.project_name = read_project_name(in).value_or(std::string(model::kDefaultProject));
  return score;
}

Result<ScoreBatch> decode_score_batch(model::Kind kind, const base::PaddedBuffer& body) {
  ScoreSink sink(kind);
  if (const Result<void> read = read_list(body, Key::scores, sink); !read) return read.error();
  return sink.take();
}

Result<FeedbackScore> decode_score(const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  FeedbackScore score = read_score(in);
  if (in.failed()) return in.error();
  return score;
}

Result<ScoreName> decode_score_name(const base::PaddedBuffer& body) {
  const Result<Members> members = read_object(body);
  if (!members) return members.error();
  Reader in(*members, {});
  in.require(Key::name);
  ScoreName name{in.text_not_blank(Key::name).value_or(""), in.text(Key::author).value_or("")};
  if (in.failed()) return in.error();
  return name;
}

}  // namespace opik::codec

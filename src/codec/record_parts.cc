#include "codec/record_parts.h"

#include <algorithm>
#include <map>
#include <optional>

#include "codec/encode.h"
#include "codec/image_text.h"
#include "codec/object_writer.h"

namespace opik::codec {
namespace {

using model::FeedbackScore;

// The first kTruncateChars characters; all if there are no more.
std::string_view truncated(std::string_view text) {
  if (text.size() <= kTruncateChars) return text;
  size_t characters = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<uint8_t>(text[i]) & 0xc0) == 0x80) continue;
    if (characters++ == kTruncateChars) return text.substr(0, i);
  }
  return text;
}

// Several words on one name become one: their average, and their texts joined.
struct MergedScore {
  std::vector<const FeedbackScore*> scores;

  int64_t average_nano() const {
    std::vector<int64_t> values;
    for (const FeedbackScore* score : scores) values.push_back(score->value_nano);
    return model::mean_nano(values);
  }
  template <class Text>
  std::optional<std::string> joined(Text text) const {
    std::optional<std::string> all;
    for (const FeedbackScore* score : scores) {
      const std::optional<std::string> one = text(*score);
      if (!one) continue;
      if (all) *all += ", ";
      all = std::move(all).value_or("") + *one;
    }
    return all;
  }
  const FeedbackScore& oldest() const {
    return **std::min_element(scores.begin(), scores.end(), [](auto* a, auto* b) { return a->created_at_us < b->created_at_us; });
  }
  const FeedbackScore& newest() const {
    return **std::max_element(scores.begin(), scores.end(), [](auto* a, auto* b) { return a->last_updated_at_us < b->last_updated_at_us; });
  }
};

void append_value_by_author(std::string& out, const MergedScore& merged, bool of_spans) {
  ObjectWriter authors(out);
  for (const FeedbackScore* score : merged.scores) {
    authors.chosen_key(of_spans ? score->author + "_" + score->entity_id.text() : score->author);
    ObjectWriter entry(out);
    append_nano(entry.key("value"), score->value_nano);
    if (score->reason) append_string(entry.key("reason"), *score->reason);
    if (score->category_name) append_string(entry.key("category_name"), *score->category_name);
    append_string(entry.key("source"), score->source);
    append_time_us(entry.key("last_updated_at"), score->last_updated_at_us);
    if (of_spans) append_uuid(entry.key("span_id"), score->entity_id);
  }
}

}  // namespace

void append_uuid(std::string& out, const base::Uuid& id) {
  char text[38];
  text[0] = text[37] = '"';
  id.write_text(text + 1);
  out.append(text, sizeof text);
}

void append_strings(std::string& out, const std::vector<std::string>& texts) {
  out.push_back('[');
  for (const std::string& text : texts) {
    if (&text != texts.data()) out.push_back(',');
    append_string(out, text);
  }
  out.push_back(']');
}

void append_payload(std::string& out, std::string_view json, bool truncate) {
  if (!truncate || json.size() < kBareImageDigitsMin) {
    out.append(json);
    return;
  }
  const std::string imageless = without_images(json);
  const std::string_view shown = truncated(imageless);
  if (shown.size() == imageless.size()) {
    out.append(shown);
  } else {
    append_string(out, shown);
  }
}

void append_scores(std::string& out, const std::vector<FeedbackScore>& scores, bool of_spans) {
  std::map<std::string_view, MergedScore> by_name;
  for (const FeedbackScore& score : scores) by_name[score.name].scores.push_back(&score);
  out.push_back('[');
  for (const auto& [name, merged] : by_name) {
    if (out.back() != '[') out.push_back(',');
    ObjectWriter object(out);
    append_string(object.key("name"), name);
    if (const auto text = merged.joined([](const FeedbackScore& s) { return s.category_name; }))
      append_string(object.key("category_name"), *text);
    append_nano(object.key("value"), merged.average_nano());
    if (const auto text = merged.joined([](const FeedbackScore& s) { return s.reason; })) append_string(object.key("reason"), *text);
    append_string(object.key("source"), merged.newest().source);
    append_time_us(object.key("created_at"), merged.oldest().created_at_us);
    append_time_us(object.key("last_updated_at"), merged.newest().last_updated_at_us);
    const auto authors = merged.joined([](const FeedbackScore& s) { return std::optional(s.author); });
    append_string(object.key("created_by"), *authors);
    append_string(object.key("last_updated_by"), *authors);
    append_value_by_author(object.key("value_by_author"), merged, of_spans);
  }
  out.push_back(']');
}

}  // namespace opik::codec

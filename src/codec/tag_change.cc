#include "codec/tag_change.h"

#include <fmt/format.h>

#include "codec/decode.h"
#include "codec/slice.h"
#include "model/limits.h"

namespace opik::codec {
namespace {

std::optional<std::vector<std::string>> read_patch_tags(Reader& in, Key key) {
  std::optional<std::vector<std::string>> tags = in.texts(key);
  if (!tags) return tags;
  if (tags->size() > model::kPatchTagsMax) in.refuse(key, fmt::format("Cannot have more than {} tags", model::kPatchTagsMax));
  for (const std::string& tag : *tags) {
    if (is_blank(tag)) in.refuse(key, "must not hold a blank tag");
    if (count_characters(tag) > model::kTagCharsMax) {
      in.refuse(key, fmt::format("must not hold a tag of more than {} characters", model::kTagCharsMax));
    }
  }
  return tags;
}

}  // namespace

TagChange read_tag_change(Reader& in, bool merging) {
  std::optional<std::vector<std::string>> tags = read_patch_tags(in, Key::tags);
  std::optional<std::vector<std::string>> add = read_patch_tags(in, Key::tags_to_add);
  std::optional<std::vector<std::string>> remove = read_patch_tags(in, Key::tags_to_remove);
  if (!add && !remove && tags && !merging) return {print_tags(*tags), {}};
  if (!add && !remove) add = std::move(tags);
  return {std::nullopt, {std::move(add).value_or(std::vector<std::string>{}), std::move(remove).value_or(std::vector<std::string>{})}};
}

}  // namespace opik::codec

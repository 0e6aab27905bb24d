#include "codec/body.h"
#include "codec/decode.h"
#include "codec/slice.h"

namespace opik::codec {

base::Result<std::vector<Sorting>> decode_sorting(std::string_view json) {
  const base::Result<bool> any = has_members(json);  // checks that it is JSON, and an array
  if (!any) return any.error();
  std::vector<Sorting> entries;
  if (!*any) return entries;
  size_t begin = 0;
  skip_space(json, begin);
  bool well_formed = true;
  each_element(json.substr(begin), [&](std::string_view entry) {
    std::optional<std::string> field = string_member(entry, "field");
    const std::string direction = string_member(entry, "direction").value_or("ASC");
    well_formed = well_formed && field && (direction == "ASC" || direction == "DESC");
    if (well_formed) entries.push_back({*std::move(field), direction == "DESC"});
  });
  if (!well_formed) return malformed("Expected entries of a field and a direction, ASC or DESC");
  return entries;
}

}  // namespace opik::codec

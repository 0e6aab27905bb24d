// Goal: the parameter `sorting` gives its entries, and anything else than such entries is refused.
// Method: each form read.

#include <gtest/gtest.h>

#include "codec/decode.h"

namespace opik::codec {
namespace {

std::string read(std::string_view json) {
  const base::Result<std::vector<Sorting>> sorting = decode_sorting(json);
  if (!sorting) return "refused";
  std::string out;
  for (const Sorting& entry : *sorting) out += entry.field + (entry.descending ? " down;" : " up;");
  return out;
}

TEST(Sorting, EntriesInOrder) {
  EXPECT_EQ(read(R"([{"field":"name","direction":"DESC"}])"), "name down;");
  EXPECT_EQ(read(R"( [ {"direction":"ASC","field":"id"} , {"field":"x","direction":"DESC"} ] )"), "id up;x down;");
  EXPECT_EQ(read(R"([{"field":"name"}])"), "name up;");
  EXPECT_EQ(read("[]"), "");
}

TEST(Sorting, OtherFormsAreRefused) {
  for (const char* bad : {"", "oops", "{}", "[1]", "[null]", R"(["name"])", R"([{"field":1}])", R"([{"direction":"ASC"}])",
                          R"([{"field":"name","direction":"UP"}])", R"([{"field":"a"},{}])", R"([{"field":"a"})"}) {
    EXPECT_EQ(read(bad), "refused") << bad;
  }
}

}  // namespace
}  // namespace opik::codec

// Goal: a cost in metadata counts if it is above 0 and in US dollars, and anything else is no cost.
// Method: a table of metadata.

#include "codec/metadata_cost.h"

#include <vector>

#include <gtest/gtest.h>

namespace opik::codec {
namespace {

TEST(MetadataCost, IsATotalInDollars) {
  struct Case {
    std::string_view metadata;
    std::optional<double> cost;
  };
  for (const auto& [metadata, cost] : std::vector<Case>{
           {R"({"cost":{"total_cost":0.25,"currency":"USD"}})", 0.25},
           {R"({"a":[1], "cost" : { "currency":"USD", "x":{}, "total_cost": 1e-3 }})", 0.001},
           {R"({"cost":{"total_cost":"0.5","currency":"USD"}})", 0.5},
           {R"({"cost":{"total_cost":0.25,"currency":"EUR"}})", std::nullopt},
           {R"({"cost":{"total_cost":0.25}})", std::nullopt},
           {R"({"cost":{"total_cost":0,"currency":"USD"}})", std::nullopt},
           {R"({"cost":{"total_cost":-1,"currency":"USD"}})", std::nullopt},
           {R"({"cost":{"total_cost":null,"currency":"USD"}})", std::nullopt},
           {R"({"cost":{"total_cost":"","currency":"USD"}})", std::nullopt},
           {R"({"cost":{"total_cost":[1],"currency":"USD"}})", std::nullopt},
           {R"({"cost":{"currency":"USD"}})", std::nullopt},
           {R"({"cost":0.25,"currency":"USD"})", std::nullopt},
           {R"([{"cost":{"total_cost":0.25,"currency":"USD"}}])", std::nullopt},
           {R"("cost")", std::nullopt},
           {"", std::nullopt},
       }) {
    EXPECT_EQ(metadata_cost(metadata), cost) << metadata;
  }
}

}  // namespace
}  // namespace opik::codec

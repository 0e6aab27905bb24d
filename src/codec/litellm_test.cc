// Goal: what a list of litellm's says about a model is read whole, prices to the last place; what is broken is named with its line or
// its model and member.
// Method: short lists written here.

#include "codec/litellm.h"

#include <gtest/gtest.h>

namespace opik::codec {
namespace {

std::string refusal(std::string_view json) {
  const auto models = decode_litellm_models(json);
  return models ? "(not refused)" : models.error().message;
}

// The only model of a list.
ListedModel one(std::string_view json) {
  auto models = decode_litellm_models(json);
  if (!models || models->size() != 1) {
    ADD_FAILURE() << json << ": " << (models ? std::to_string(models->size()) : models.error().message);
    return {};
  }
  return models->front();
}

TEST(Litellm, EveryMemberIsRead) {
  const ListedModel model = one(R"({"p\/m": {"litellm_provider": "p\u0071", "mode": "chat", "input_cost_per_token": 1e-06,
      "output_cost_per_token": 2e-06, "cache_creation_input_token_cost": 3e-06, "cache_read_input_token_cost": 4e-06,
      "output_cost_per_second": 5e-06, "input_cost_per_character": 6e-06, "tiers": [{"input_cost_per_token": "x"}], "source": null}})");
  EXPECT_EQ(model.name, "p/m");
  EXPECT_EQ(model.provider, "pq");
  EXPECT_EQ(model.mode, "chat");
  EXPECT_EQ(model.input, 1'000'000'000);
  EXPECT_EQ(model.output, 2'000'000'000);
  EXPECT_EQ(model.cache_write, 3'000'000'000);
  EXPECT_EQ(model.cache_read, 4'000'000'000);
  EXPECT_EQ(model.second, 5'000'000'000);
  EXPECT_EQ(model.character, 6'000'000'000);
}

TEST(Litellm, AbsentAndNullAreNothing) {
  const ListedModel model = one(R"({"m": {"litellm_provider": "p", "mode": null, "input_cost_per_token": null}})");
  EXPECT_EQ(model.mode, "chat");
  EXPECT_EQ(model.input + model.output + model.cache_write + model.cache_read + model.second + model.character, 0);
}

TEST(Litellm, TheLaterOfTwoMembersCounts) {
  EXPECT_EQ(one(R"({"m": {"litellm_provider": "p", "input_cost_per_token": 1, "input_cost_per_token": 2e-15}})").input, 2);
}

TEST(Litellm, ASecondOfVideoHasTwoNames) {
  const auto second = [](const std::string& members) { return one(R"({"m": {"litellm_provider": "p", )" + members + "}}").second; };
  EXPECT_EQ(second(R"("output_cost_per_second": 1e-15, "output_cost_per_video_per_second": 2e-15)"), 2);
  EXPECT_EQ(second(R"("output_cost_per_video_per_second": 0, "output_cost_per_second": 1e-15)"), 1);
}

TEST(Litellm, PricesAreRounded) {
  const auto price = [](const std::string& text) {
    return one(R"({"m": {"litellm_provider": "p", "input_cost_per_token": )" + text + "}}").input;
  };
  EXPECT_EQ(price("3.0000000000000001e-08"), 30'000'000);
  EXPECT_EQ(price("2.9999999999999997e-07"), 300'000'000);
  EXPECT_EQ(price("0.00000000000000149"), 1);
  EXPECT_EQ(price("1.5e-15"), 2);
  EXPECT_EQ(price("4e-16"), 0);
  EXPECT_EQ(price("1e-999999999999"), 0);
  EXPECT_EQ(price("-0.0"), 0);
  EXPECT_EQ(price("99.999999999999999"), 99'999'999'999'999'999);
}

TEST(Litellm, WhatIsNoModelIsPassedOver) {
  EXPECT_TRUE(decode_litellm_models("{}")->empty());
  EXPECT_TRUE(decode_litellm_models(R"({"sample_spec": {"litellm_provider": "one of", "input_cost_per_token": "a number"}})")->empty());
  EXPECT_EQ(one(R"({"rules": {"rules": [1], "input_cost_per_token": 0}, "m": {"litellm_provider": "p"}})").name, "m");
}

TEST(Litellm, RefusesWithTheLineOrTheMember) {
  EXPECT_EQ(refusal("{\"m\": {},\n\"n\": {},\n}"), "price list, line 3: expected a member's name");
  EXPECT_EQ(refusal(""), "price list, line 1: expected a value");
  EXPECT_EQ(refusal("{\"m\": {\"litellm_provider\": \"p\"}}\n\nx"), "price list, line 3: expected nothing behind the value");
  EXPECT_EQ(refusal("{\"\xff\": {}}"), "price list: the text is not UTF-8");
  EXPECT_EQ(refusal("[]"), "price list: found Array value, expected an object");
  EXPECT_EQ(refusal(R"({"data": [1]})"), "price list: model data: found Array value, expected an object");
  EXPECT_EQ(refusal(R"({"m": {"litellm_provider": 7}})"), "price list: model m: litellm_provider: found Number 7, expected a string");
  EXPECT_EQ(refusal(R"({"m": {"litellm_provider": "p", "mode": []}})"), "price list: model m: mode: found Array value, expected a string");
  EXPECT_EQ(refusal(R"({"m": {"input_cost_per_token": 1}})"),
            "price list: model m: litellm_provider: found nothing, expected the provider's name");
  for (const std::string value : {"Number -1", "Number 100", "Number 1e300", "Number NaN", "String \"1e-6\"", "Boolean true"}) {
    EXPECT_EQ(refusal(R"({"m": {"litellm_provider": "p", "output_cost_per_token": )" + value.substr(value.find(' ') + 1) + "}}"),
              "price list: model m: output_cost_per_token: found " + value + ", expected a number of US dollars from 0 to less than 100");
  }
}

}  // namespace
}  // namespace opik::codec

// Goal: feedback scores of traces and spans are kept, replaced and deleted, and bad ones are refused one by one.
// Method: written through the API, read back with the entity.

#include "api/api_test.h"

namespace opik::api {
namespace {

class ScoresTest : public ApiTest, public testing::WithParamInterface<const char*> {
 protected:
  ScoresTest() : path_(std::string("/v1/private/") + GetParam() + "s") {
    EXPECT_EQ(post(path_, {{"id", id(1)}, {"trace_id", id(2)}, {"start_time", "2024-05-01T00:00:00Z"}}).status, 201);
  }
  // Name and value of each score.
  Json scores() {
    Json found = Json::object();
    const Json record = get(path_ + "/" + id(1)).json();
    if (!record.contains("feedback_scores")) return found;
    for (const Json& score : record.at("feedback_scores")) found[score.at("name").get<std::string>()] = score.at("value");
    return found;
  }
  const std::string path_;
};

INSTANTIATE_TEST_SUITE_P(Kinds, ScoresTest, testing::Values("trace", "span"), [](const auto& kind) { return std::string(kind.param); });

TEST_P(ScoresTest, OneForAnEntity) {
  const Got got =
      put(path_ + "/" + id(1) + "/feedback-scores", {{"name", "quality"}, {"value", 0.5}, {"source", "ui"}, {"reason", "because"}});
  EXPECT_EQ(got.status, 204);
  EXPECT_EQ(got.body, "");
  const Json score = get(path_ + "/" + id(1)).json().at("feedback_scores").at(0);
  EXPECT_EQ(score.at("name"), "quality");
  EXPECT_EQ(score.at("value"), 0.5);
  EXPECT_EQ(score.at("source"), "ui");
  EXPECT_EQ(score.at("reason"), "because");
  EXPECT_EQ(put(path_ + "/" + id(1) + "/feedback-scores", {{"name", "quality"}, {"value", 1}, {"source", "ui"}}).status, 204);
  EXPECT_EQ(scores(), Json({{"quality", 1}}));
}

TEST_P(ScoresTest, ManyAtOnceAndDeleted) {
  const Json batch{{{"id", id(1)}, {"name", "a"}, {"value", 1}, {"source", "sdk"}},
                   {{"id", id(1)}, {"name", "b"}, {"value", -2}, {"source", "sdk"}}};
  EXPECT_EQ(put(path_ + "/feedback-scores", {{"scores", batch}}).status, 204);
  EXPECT_EQ(scores(), Json({{"a", 1}, {"b", -2}}));
  EXPECT_EQ(post(path_ + "/" + id(1) + "/feedback-scores/delete", {{"name", "a"}}).status, 204);
  EXPECT_EQ(scores(), Json({{"b", -2}}));
  EXPECT_EQ(post(path_ + "/" + id(1) + "/feedback-scores/delete", {{"name", "never there"}}).status, 204);
}

TEST_P(ScoresTest, BeforeTheirEntity) {
  EXPECT_EQ(put(path_ + "/feedback-scores", {{"scores", {{{"id", id(5)}, {"name", "early"}, {"value", 1}, {"source", "sdk"}}}}}).status,
            204);
  EXPECT_EQ(get(path_ + "/" + id(5)).status, 404);
  EXPECT_EQ(post(path_, {{"id", id(5)}, {"trace_id", id(2)}, {"start_time", "2024-05-01T00:00:00Z"}}).status, 201);
  EXPECT_EQ(get(path_ + "/" + id(5)).json().at("feedback_scores").at(0).at("name"), "early");
}

TEST_P(ScoresTest, OneBadScoreCostsNoOther) {
  const Json batch{{{"id", id(1)}, {"name", "good"}, {"value", 1}, {"source", "sdk"}},
                   {{"id", id(1)}, {"name", "big"}, {"value", 1e10}, {"source", "sdk"}},
                   {{"id", id(1)}, {"name", " "}, {"value", 1}, {"source", "sdk"}}};
  const Got got = put(path_ + "/feedback-scores", {{"scores", batch}});
  EXPECT_EQ(got.status, 422);
  EXPECT_EQ(got.json().at("stored"), 1);
  EXPECT_EQ(got.json().at("rejected").size(), 2u);
  EXPECT_EQ(got.json().at("rejected").at(0).at("index"), 1);
  EXPECT_EQ(scores(), Json({{"good", 1}}));
  EXPECT_EQ(counters_.items_stored, 2u);  // with the entity
  EXPECT_EQ(counters_.items_rejected, 2u);
}

TEST_P(ScoresTest, BadRequests) {
  const std::string one = path_ + "/" + id(1) + "/feedback-scores";
  const Json good{{"name", "s"}, {"value", 1}, {"source", "sdk"}};
  EXPECT_EQ(put(path_ + "/" + id(9) + "/feedback-scores", good).status, 404);
  EXPECT_EQ(put(path_ + "/x/feedback-scores", good).status, 404);
  EXPECT_EQ(put(one, {{"value", 1}, {"source", "sdk"}}).status, 422);
  EXPECT_EQ(put(one, {{"name", "s"}, {"source", "sdk"}}).status, 422);
  EXPECT_EQ(put(one, {{"name", "s"}, {"value", 1e10}, {"source", "sdk"}}).status, 422);
  EXPECT_EQ(put(one, {{"name", "s"}, {"value", 1}, {"source", "guess"}}).status, 400);
  EXPECT_EQ(send(http::Method::put, one, "").status, 422);
  EXPECT_EQ(put(path_ + "/feedback-scores", {{"scores", Json::array()}}).status, 422);
  Json not_v7 = good;
  not_v7["id"] = "550e8400-e29b-41d4-a716-446655440000";
  EXPECT_EQ(put(path_ + "/feedback-scores", {{"scores", {not_v7}}}).status, 400);
  EXPECT_EQ(post(one + "/delete", Json::object()).status, 422);
  EXPECT_EQ(scores(), Json::object());
}

}  // namespace
}  // namespace opik::api

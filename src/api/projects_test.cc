// Goal: projects are made, found, renamed and deleted as clients expect, names being equal whatever their case.
// Method: requests through the router, whole bodies compared where the server sets nothing.

#include "api/api_test.h"

namespace opik::api {
namespace {

using ProjectsTest = ApiTest;

TEST_F(ProjectsTest, MadeAndFound) {
  const Got made = post("/v1/private/projects", {{"name", "Mine"}, {"description", "d"}});
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.body, "");
  const Json by_location = get(made.header("Location")).json();
  EXPECT_EQ(by_location.at("name"), "Mine");
  EXPECT_EQ(by_location.at("description"), "d");
  EXPECT_EQ(by_location.at("visibility"), "private");
  EXPECT_EQ(made.header("Location"), "/v1/private/projects/" + by_location.at("id").get<std::string>());
  const Got retrieved = post("/v1/private/projects/retrieve", {{"name", "mINE"}});
  EXPECT_EQ(retrieved.status, 200);
  EXPECT_EQ(retrieved.json().at("id"), by_location.at("id"));
}

TEST_F(ProjectsTest, NamesAreTakenOnce) {
  ASSERT_EQ(post("/v1/private/projects", {{"name", "Mine"}}).status, 201);
  const Got again = post("/v1/private/projects", {{"name", "mine"}});
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.json(), errors({"Project already exists"}));
  const Got other = post("/v1/private/projects", {{"name", "other"}});
  const Got renamed = patch(other.header("Location"), {{"name", "MINE"}});
  EXPECT_EQ(renamed.status, 409);
  EXPECT_EQ(renamed.json(), errors({"Project already exists"}));
}

TEST_F(ProjectsTest, Updated) {
  const std::string location = post("/v1/private/projects", {{"name", "a"}, {"description", "d"}}).header("Location");
  EXPECT_EQ(patch(location, {{"name", "b"}}).status, 204);
  const Json read = get(location).json();
  EXPECT_EQ(read.at("name"), "b");
  EXPECT_EQ(read.at("description"), "d");
}

TEST_F(ProjectsTest, ListedByPagesAndName) {
  for (const char* name : {"apple", "pear", "grapefruit"}) ASSERT_EQ(post("/v1/private/projects", {{"name", name}}).status, 201);
  const Json page = get("/v1/private/projects?name=AP&size=1&page=2").json();
  EXPECT_EQ(page.at("page"), 2);
  EXPECT_EQ(page.at("size"), 1);
  EXPECT_EQ(page.at("total"), 2);
  EXPECT_EQ(page.at("content").size(), 1u);
  const auto first_by = [&](const std::string& field, const std::string& direction) {
    const Json by =
        get("/v1/private/projects?sorting=%5B%7B%22field%22:%22" + field + "%22,%22direction%22:%22" + direction + "%22%7D%5D").json();
    return by.at("content").at(0).at("name").get<std::string>();
  };
  EXPECT_EQ(first_by("name", "ASC"), "apple");
  EXPECT_EQ(first_by("name", "DESC"), "pear");
  EXPECT_EQ(first_by("created_at", "DESC"), "grapefruit");
  EXPECT_EQ(first_by("nonsense", "ASC"), first_by("id", "DESC"));
  EXPECT_EQ(get("/v1/private/projects?size=0").status, 400);
  EXPECT_EQ(get("/v1/private/projects?sorting=oops").status, 400);
}

TEST_F(ProjectsTest, Deleted) {
  const std::string a = post("/v1/private/projects", {{"name", "a"}}).header("Location");
  const std::string b = post("/v1/private/projects", {{"name", "b"}}).header("Location");
  EXPECT_EQ(del(a).status, 204);
  EXPECT_EQ(del(a).status, 204);
  EXPECT_EQ(get(a).status, 404);
  EXPECT_EQ(post("/v1/private/projects/delete", {{"ids", {b.substr(b.rfind('/') + 1)}}}).status, 204);
  EXPECT_EQ(get(b).status, 404);
}

TEST_F(ProjectsTest, NotThere) {
  const std::string nowhere = "/v1/private/projects/" + id(1);
  EXPECT_EQ(get(nowhere).json(), errors({"Project not found"}));
  EXPECT_EQ(get(nowhere).status, 404);
  EXPECT_EQ(patch(nowhere, {{"name", "x"}}).status, 404);
  EXPECT_EQ(post("/v1/private/projects/retrieve", {{"name", "nowhere"}}).status, 404);
  EXPECT_EQ(get("/v1/private/projects/x").json(), code_message(404, "HTTP 404 Not Found"));
}

TEST_F(ProjectsTest, BadRequests) {
  EXPECT_EQ(post("/v1/private/projects", Json::object()).status, 422);
  EXPECT_EQ(post("/v1/private/projects", {{"name", " "}}).status, 422);
  EXPECT_EQ(post("/v1/private/projects", {{"name", std::string(151, 'x')}}).status, 422);
  EXPECT_EQ(post("/v1/private/projects", {{"name", "a"}, {"description", std::string(256, 'x')}}).status, 422);
  EXPECT_EQ(post("/v1/private/projects", {{"name", Json::array()}}).status, 400);
  EXPECT_EQ(send(http::Method::post, "/v1/private/projects", "").status, 422);
  EXPECT_EQ(post("/v1/private/projects/retrieve", Json::object()).status, 422);
  EXPECT_EQ(post("/v1/private/projects/delete", {{"ids", Json::array()}}).status, 422);
}

TEST_F(ProjectsTest, Stats) {
  const Json error{{"exception_type", "E"}, {"traceback", "t"}};
  ASSERT_EQ(post("/v1/private/traces",
                 {{"id", base::Uuid::v7().text()}, {"project_name", "p"}, {"start_time", "2024-05-01T00:00:00Z"}, {"error_info", error}})
                .status,
            201);
  ASSERT_EQ(
      post("/v1/private/traces", {{"id", id(1)}, {"project_name", "p"}, {"start_time", "2024-05-01T00:00:00Z"}, {"error_info", error}})
          .status,
      201);
  const Got got = get("/v1/private/projects/stats?name=p");
  EXPECT_EQ(got.status, 200);
  Json found;
  const Json page = got.json();
  for (const Json& project : page.at("content")) {
    if (get("/v1/private/projects/" + project.at("project_id").get<std::string>()).json().at("name") == "p") found = project;
  }
  EXPECT_EQ(found.at("trace_count"), 2) << got.body;
  EXPECT_EQ(found.at("error_count").at("count"), 1) << got.body;  // of the last 7 days
  EXPECT_EQ(get("/v1/private/projects/stats?page=0").status, 400);
}

}  // namespace
}  // namespace opik::api

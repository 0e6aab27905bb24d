// Goal: the answers that depend on no data are what official clients expect, and the workspace rule holds on every private path.
// Method: each path asked through the router, whole bodies compared.

#include "api/api_test.h"

namespace opik::api {
namespace {

using SystemTest = ApiTest;

TEST_F(SystemTest, IsAlive) {
  EXPECT_EQ(get("/is-alive/ping").body, R"({"message":"Healthy Server","healthy":true})");
  EXPECT_EQ(get("/is-alive/ver").body, R"({"version":"2.0.2"})");
  EXPECT_EQ(get("/is-alive/ping").status, 200);
  EXPECT_EQ(get("/api/is-alive/ping").status, 200);
}

TEST_F(SystemTest, Access) {
  const Got access = post("/v1/private/auth", Json::object());
  EXPECT_EQ(access.status, 204);
  EXPECT_EQ(access.body, "");
  EXPECT_EQ(send(http::Method::post, "/v1/private/auth").status, 204);
  EXPECT_EQ(get("/v1/private/auth/workspace").body, R"({"workspace_name":"default"})");
  EXPECT_EQ(get("/v1/private/workspaces/versions").body, R"({"opik_version":"version_1"})");
}

TEST_F(SystemTest, TogglesAreFlatBooleansButForTwo) {
  const Got got = get("/v1/private/toggles/");
  EXPECT_EQ(got.status, 200);
  Json toggles = got.json();
  EXPECT_EQ(toggles.at("force_workspace_version"), "version_1");
  EXPECT_EQ(toggles.at("v2WorkspaceAllowlistIds"), Json::array());
  toggles.erase("force_workspace_version");
  toggles.erase("v2WorkspaceAllowlistIds");
  EXPECT_EQ(toggles.size(), 33u);
  for (const auto& [name, value] : toggles.items()) {
    EXPECT_TRUE(value.is_boolean()) << name;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos) << name;
  }
  EXPECT_EQ(toggles.at("guardrails_enabled"), true);
  EXPECT_EQ(toggles.at("opik_aienabled"), false);
}

TEST_F(SystemTest, OnlyTheDefaultWorkspaceExists) {
  const auto in = [&](std::string_view workspace, std::string_view path) {
    return send(http::Method::get, path, "", {{"comet-workspace", std::string(workspace)}});
  };
  EXPECT_EQ(in("default", "/v1/private/toggles").status, 200);
  EXPECT_EQ(in("", "/v1/private/toggles").status, 200);
  for (const char* path :
       {"/v1/private/toggles", "/v1/private/projects", "/v1/private/traces?project_name=x", "/v1/private/auth/workspace"}) {
    const Got got = in("other", path);
    EXPECT_EQ(got.status, 404) << path;
    EXPECT_EQ(got.json(), code_message(404, "Workspace not found")) << path;
  }
  EXPECT_EQ(in("Default", "/v1/private/toggles").status, 404);
  EXPECT_EQ(in("other", "/is-alive/ping").status, 200);
}

// A refused workspace must not have written.
TEST_F(SystemTest, AnotherWorkspaceWritesNothing) {
  const std::string body = Json{{"id", id(1)}, {"start_time", "2024-05-01T00:00:00Z"}}.dump();
  EXPECT_EQ(send(http::Method::post, "/v1/private/traces", body, {{"comet-workspace", "other"}}).status, 404);
  EXPECT_EQ(get("/v1/private/traces/" + id(1)).status, 404);
}

TEST_F(SystemTest, UnknownPathsAndMethods) {
  EXPECT_EQ(get("/v1/private/nothing").status, 404);
  EXPECT_EQ(send(http::Method::put, "/v1/private/traces").status, 405);
  EXPECT_EQ(get("/v1/session/redirect/nowhere").status, 404);
}

TEST_F(SystemTest, MetricsAreCountersByName) {
  ASSERT_EQ(post("/v1/private/traces", {{"id", id(1)}, {"start_time", "2024-05-01T00:00:00Z"}}).status, 201);
  ASSERT_EQ(post("/v1/private/spans", {{"id", id(2)}, {"start_time", "2024-05-01T00:00:00Z"}}).status, 422);
  ASSERT_EQ(held_bytes(), 0);
  const Got got = get("/metrics");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.content_type, "text/plain; version=0.0.4; charset=utf-8");
  for (const char* line :
       {"# TYPE opikd_items_total counter\nopikd_items_total{outcome=\"stored\"} 1\nopikd_items_total{outcome=\"rejected\"} 1\n",
        "opikd_store_rows{of=\"traces\"} 1\n", "opikd_store_rows{of=\"spans\"} 0\n", "opikd_ingest_messages_total 1\n",
        "opikd_inflight_bytes 0\n", "opikd_cpu_seconds_total{stage=\"decode\"} ", "# TYPE process_resident_memory_bytes gauge\n"}) {
    EXPECT_NE(got.body.find(line), std::string::npos) << line << "\nin\n" << got.body;
  }
}

}  // namespace
}  // namespace opik::api

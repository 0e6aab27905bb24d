// Health, access, and what this server offers: answers that depend on no data.

#include "api/errors.h"
#include "api/routes.h"
#include "codec/object_writer.h"

namespace opik::api {

namespace {

using http::Method;
using http::Request;
using http::Response;

// The version of Opik whose API this is; clients compare it with their own.
constexpr std::string_view kVersion = R"({"version":"2.0.2"})";
constexpr std::string_view kHealthy = R"({"message":"Healthy Server","healthy":true})";
constexpr std::string_view kWorkspace = R"({"workspace_name":"default"})";
constexpr std::string_view kInterface = R"({"opik_version":"version_1"})";

// Which parts of the web UI have something behind them here. `export` works on lists alone, verdicts of guardrails are shown and counted;
// the others need what does not exist in this server. (opik_aienabled is as Opik's server spells it, opik_ai_enabled and
// v2WorkspaceAllowlistIds as its generated clients read it.) Those clients refuse the whole answer if one of the members that their version
// knows is absent: so newer ones are said too.
constexpr std::string_view kToggles =
    R"({"python_evaluator_enabled":false,"trace_thread_python_evaluator_enabled":false,"span_llm_as_judge_enabled":false,)"
    R"("span_user_defined_metric_python_enabled":false,"guardrails_enabled":true,"opik_aienabled":false,"alerts_enabled":false,)"
    R"("welcome_wizard_enabled":false,"csv_upload_enabled":false,"export_enabled":true,"optimization_studio_enabled":false,)"
    R"("dataset_versioning_enabled":false,"dataset_export_enabled":false,"collaborators_tab_enabled":false,"runners_enabled":false,)"
    R"("openai_provider_enabled":false,"anthropic_provider_enabled":false,"gemini_provider_enabled":false,)"
    R"("openrouter_provider_enabled":false,"vertexai_provider_enabled":false,"bedrock_provider_enabled":false,)"
    R"("customllm_provider_enabled":false,"ollama_provider_enabled":false,"opik_ai_enabled":false,"v2WorkspaceAllowlistIds":[],)"
    R"("force_workspace_version":"version_1","cost_intelligence_enabled":false,"demo_data_enabled":false,"ollie_enabled":false,)"
    R"("agent_insights_enabled":false,"agent_insights_guidance_enabled":false,"project_homepage_enabled":false,)"
    R"("online_scoring_tracing_enabled":false,"annotation_queue_automation_enabled":false,"event_bridge_alerts_enabled":false})";

// There are no accounts: whoever reaches the server may do everything that it does. Opik's names of what can be done here; members are
// spelt twice, as Opik's server has them and as its generated clients read them.
constexpr std::string_view kPermissions[] = {"project_create", "project_data_view",           "comment_write", "trace_span_thread_annotate",
                                             "trace_tag",      "workspace_settings_configure"};

void append_permissions(std::string& out) {
  codec::ObjectWriter object(out);
  for (const char* key : {"user_name", "userName"}) codec::append_string(object.key(key), model::kOnlyUser);
  for (const char* key : {"workspace_name", "workspaceName"}) codec::append_string(object.key(key), "default");
  object.key("permissions").push_back('[');
  for (const std::string_view name : kPermissions) {
    if (out.back() != '[') out.push_back(',');
    codec::ObjectWriter permission(out);
    for (const char* key : {"permission_name", "permissionName"}) codec::append_string(permission.key(key), name);
    for (const char* key : {"permission_value", "permissionValue"}) codec::append_string(permission.key(key), "true");
  }
  out.push_back(']');
}

http::Handler always(std::string_view body) {
  return answered([body](const Request&) -> base::Result<Response> { return json_response(std::string(body)); });
}

}  // namespace

void add_system_routes(Routes& routes) {
  routes.add(Method::get, "/is-alive/ping", always(kHealthy));
  routes.add(Method::get, "/is-alive/ver", always(kVersion));
  // The workspace rule, which every private path has, is the whole check: there are no accounts.
  routes.add(Method::post, "/v1/private/auth", answered([](const Request&) -> base::Result<Response> { return no_content(); }));
  routes.add(Method::get, "/v1/private/auth/workspace", always(kWorkspace));
  routes.add(Method::get, "/v1/private/workspace-permissions", answered([](const Request&) -> base::Result<Response> {
               std::string body;
               append_permissions(body);
               return json_response(std::move(body));
             }));
  routes.add(Method::get, "/v1/private/toggles", always(kToggles));
  routes.add(Method::get, "/v1/private/workspaces/versions", always(kInterface));
}

}  // namespace opik::api

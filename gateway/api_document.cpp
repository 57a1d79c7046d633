#include "gateway/api_document.h"

#include <nlohmann/json.hpp>

#include "libs/api_docs/asyncapi.h"
#include "libs/api_docs/openapi.h"
#include "libs/api_docs/postman.h"
#include "libs/transcode/api.h"
#include "libs/transcode/route_table.h"

namespace marquee::gateway {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kTag[] = "Gateway";
constexpr int kIndent = 2;

api_docs::Settings settings_of(const Config& config) {
  api_docs::Settings settings;
  settings.cookie_name = config.cookie_name;
  for (const Rate& rate : parse_rates(config.rates)) {
    auto seconds = std::chrono::duration_cast<std::chrono::seconds>(rate.period).count();
    settings.rates.push_back({rate.name, rate.limit, static_cast<unsigned>(seconds)});
  }
  return settings;
}

// A GET without parameters that anybody may make, answered by the gateway alone.
Json own_operation(const char* id, const char* summary, const char* description, Json example) {
  Json media = {{"schema", {{"type", "object"}}}, {"example", std::move(example)}};
  Json response = {{"description", "Done."}, {"content", {{"application/json", std::move(media)}}}};
  return {{"tags", {kTag}},
          {"operationId", id},
          {"summary", summary},
          {"description", description},
          {"security", Json::array()},
          {"responses", {{"200", std::move(response)}}}};
}

void add_own_pages(Json& document) {
  Json& paths = document["paths"];
  const Json healthy = {{"status", "healthy"}, {"success", true}, {"message", "OK"}};
  document["tags"].push_back({{"name", kTag}, {"description", "What the gateway says of itself."}});
  paths["/api/openapi.json"]["get"] = own_operation(
      "Gateway_OpenApi", "This document",
      "OpenAPI 3.1, made from the interface definition; has an ETag.", {{"openapi", "3.1.0"}});
  paths["/api/asyncapi.json"]["get"] = own_operation(
      "Gateway_AsyncApi", "What sockets say and hear",
      "AsyncAPI 3.0, made from the interface definition; has an ETag.", {{"asyncapi", "3.0.0"}});
  paths["/api/health"]["get"] = own_operation("Gateway_ApiHealth", "Whether the gateway is there",
                                              "The same as /health.", healthy);
  paths["/health"]["get"] = own_operation("Gateway_Health", "Whether the gateway is there",
                                          "200 whenever the process answers.", healthy);
  paths["/healthz"]["get"] =
      own_operation("Gateway_Alive", "Liveness, for orchestrators",
                    "200 whenever the process answers.", {{"status", "alive"}, {"success", true}});
  Json ready = own_operation("Gateway_Ready", "Readiness, for load balancers",
                             "503 while it starts, stops, or has not heard of the auth service.",
                             {{"status", "ready"}, {"success", true}});
  Json not_ready = {{"description", "Not now; `message` says why."},
                    {"content",
                     {{"application/json",
                       {{"schema", {{"type", "object"}}},
                        {"example",
                         {{"status", "not ready"},
                          {"success", false},
                          {"message", "waiting for the auth service"}}}}}}}};
  ready["responses"]["503"] = std::move(not_ready);
  paths["/readyz"]["get"] = std::move(ready);
}

Json document_of(std::string_view file_descriptor_set, const Config& config) {
  transcode::Api api(file_descriptor_set);
  transcode::RouteTable table(api);
  return api_document(table, config);
}

}  // namespace

Json api_document(const transcode::RouteTable& table, const Config& config) {
  Json document = api_docs::openapi(table, settings_of(config));
  add_own_pages(document);
  return document;
}

Json socket_document(const transcode::Api& api, const Config& config) {
  Json document = api_docs::asyncapi(api, settings_of(config));
  if (config.tls()) document["servers"]["native"]["protocol"] = "wss";
  return document;
}

std::string openapi_text(std::string_view file_descriptor_set, const Config& config) {
  return document_of(file_descriptor_set, config).dump(kIndent) + '\n';
}

std::string asyncapi_text(std::string_view file_descriptor_set, const Config& config) {
  transcode::Api api(file_descriptor_set);
  return socket_document(api, config).dump(kIndent) + '\n';
}

std::string postman_text(std::string_view file_descriptor_set, const Config& config,
                         const std::string& base_url) {
  return api_docs::postman(document_of(file_descriptor_set, config), base_url).dump(kIndent) + '\n';
}

}  // namespace marquee::gateway

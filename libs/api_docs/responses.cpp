#include "libs/api_docs/responses.h"

#include <algorithm>
#include <array>
#include <map>

#include <google/protobuf/descriptor.h>

#include "libs/api_docs/comments.h"
#include "marquee/api/policy.pb.h"

namespace marquee::api_docs {
namespace {

using Json = nlohmann::ordered_json;
using transcode::FieldPlan;
using transcode::Method;
using transcode::Route;
using transcode::Verb;

struct Failure {
  unsigned status;
  const char* component;
  const char* title;
  const char* code;
  const char* message;
  const char* when;
};

constexpr std::array<Failure, 11> kFailures = {{
    {400, "BadRequest", "Bad Request", "invalid_argument", "Invalid request",
     "Something sent is missing, malformed or out of range; `errors` says which field."},
    {401, "Unauthorized", "Unauthorized", "not_authenticated",
     "Authentication credentials were not provided.",
     "No token, or one that is malformed, expired or revoked."},
    {403, "Forbidden", "Forbidden", "permission_denied",
     "You do not have permission to perform this action.",
     "Not allowed to this caller, or a call with the cookie from a foreign origin."},
    {404, "NotFound", "Not Found", "not_found", "Not found", "There is no such thing."},
    {409, "Conflict", "Conflict", "already_exists", "Already exists",
     "At odds with what there is already."},
    {413, "ContentTooLarge", "Content Too Large", "body_too_large", "The request body is too large",
     "The body is larger than the route takes (1 MiB by default)."},
    {415, "UnsupportedMediaType", "Unsupported Media Type", "unsupported_media_type",
     "Content-Type must be application/json", "The body is not JSON by its Content-Type."},
    {429, "TooManyRequests", "Too Many Requests", "rate_limited",
     "Too many requests. Try again in 2 seconds.",
     "More calls than the rate class allows; `Retry-After` says when to come again."},
    {500, "InternalError", "Internal Server Error", "internal", "Internal server error",
     "A fault of ours. The request id finds it in the logs."},
    {503, "ServiceUnavailable", "Service Unavailable", "unavailable",
     "Service temporarily unavailable",
     "A service is away or overloaded; `Retry-After` says when to come again."},
    {504, "GatewayTimeout", "Gateway Timeout", "deadline_exceeded", "Service request timed out",
     "The service did not answer in time. Whether a write was done is not known."},
}};

// Null for those that any path may answer, whatever it does.
const Failure* find_failure(unsigned status) {
  auto same = [&](const Failure& one) { return one.status == status; };
  const auto* known = std::find_if(kFailures.begin(), kFailures.end(), same);
  return known == kFailures.end() ? nullptr : known;
}

bool waits(unsigned status) {
  return status == 429 || status == 503;
}

Json header_reference(const char* name) {
  return {{"$ref", std::string("#/components/headers/") + name}};
}

Json failure_headers(unsigned status) {
  Json headers = {{"X-Request-Id", header_reference("XRequestId")}};
  if (waits(status)) headers["Retry-After"] = header_reference("RetryAfter");
  if (status == 401) headers["WWW-Authenticate"] = header_reference("WwwAuthenticate");
  return headers;
}

Json problem_example(const Failure& kind, const std::string& message) {
  std::string code = kind.code;
  Json problem = {{"success", false},    {"type", "urn:marquee:error:" + code},
                  {"title", kind.title}, {"status", kind.status},
                  {"detail", message},   {"message", message}};
  if (kind.status == 401) problem["msg"] = message;
  problem["code"] = code;
  problem["errors"] = Json::object();
  if (waits(kind.status)) problem["retryAfter"] = 2;
  problem["request_id"] = "5f0c4e1d9a7b4c26b1f3d8e2a6907c35";
  return problem;
}

Json problem_content(const Failure& kind, const char* schema,
                     const std::vector<std::string>& messages) {
  Json media = {{"schema", {{"$ref", std::string("#/components/schemas/") + schema}}}};
  Json examples = Json::object();
  int number = 0;
  for (const auto& message : messages) {
    // A text with a placeholder, such as "Missing required field: X", is shown as it is.
    examples["example" + std::to_string(++number)] = {{"summary", message},
                                                      {"value", problem_example(kind, message)}};
  }
  if (messages.empty()) {
    media["example"] = problem_example(kind, kind.message);
  } else {
    media["examples"] = std::move(examples);
  }
  return {{"application/problem+json", std::move(media)}};
}

Json failure_response(const Failure& kind, const char* schema,
                      const std::vector<std::string>& messages) {
  std::string description = kind.when;
  for (const auto& message : messages) description += "\n- \"" + message + '"';
  return {{"description", description},
          {"headers", failure_headers(kind.status)},
          {"content", problem_content(kind, schema, messages)}};
}

bool cached(const Route& route) {
  return route.verb == Verb::kGet && route.method->policy->cache().ttl_s() != 0;
}

bool has_next_page(const Method& method) {
  return method.reply->by_name("next_cursor") != nullptr;
}

Json success_headers(const Route& route) {
  const auto& policy = *route.method->policy;
  Json headers = {{"X-Request-Id", header_reference("XRequestId")},
                  {"RateLimit-Limit", header_reference("RateLimitLimit")},
                  {"RateLimit-Remaining", header_reference("RateLimitRemaining")},
                  {"RateLimit-Reset", header_reference("RateLimitReset")}};
  if (cached(route)) headers["ETag"] = header_reference("ETag");
  if (has_next_page(*route.method)) headers["Link"] = header_reference("Link");
  if (policy.session() != marquee::api::SESSION_EFFECT_NONE) {
    headers["Set-Cookie"] = header_reference("SetCookie");
  }
  return headers;
}

std::string success_text(const Route& route, unsigned status) {
  if (status == 204) return "Done; there is no body.";
  if (status == 201) return "Made.";
  if (route.method->streams) return "Any number of lines, each a JSON object of this schema.";
  if (cached(route) && route.method->policy->auth() == marquee::api::AUTH_OPTIONAL) {
    return "Kept by the gateway, with an ETag, where nobody is signed in; personal else.";
  }
  if (cached(route)) return "Kept by the gateway until what it shows changes; has an ETag.";
  return "Done.";
}

Json success_media(const Route& route, SchemaBook& book) {
  const Method& method = *route.method;
  const auto& type = *method.descriptor->output_type();
  if (route.response_field != nullptr) {
    const auto& field = *type.FindFieldByName(route.response_field->name);
    Json schema = book.field(field, *route.response_field, Use::kReply);
    return {{"schema", std::move(schema)},
            {"example", example_of(field, *route.response_field, Use::kReply)}};
  }
  return reply_media(method, book);
}

Json success_response(const Route& route, unsigned status, SchemaBook& book) {
  Json response = {{"description", success_text(route, status)},
                   {"headers", success_headers(route)}};
  if (status == 204) return response;
  const char* type = route.method->streams ? "application/x-ndjson" : "application/json";
  response["content"] = {{type, success_media(route, book)}};
  return response;
}

// The texts of each failure that the route may answer; none where only its kind is known.
std::map<unsigned, std::vector<std::string>> failures_of(const Route& route) {
  const auto& policy = *route.method->policy;
  const bool asks =
      policy.auth() == marquee::api::AUTH_USER || policy.auth() == marquee::api::AUTH_ADMIN;
  std::map<unsigned, std::vector<std::string>> failures;
  for (unsigned status : {400u, 429u, 500u, 503u, 504u}) failures[status];
  if (asks) failures[401];
  if (policy.auth() == marquee::api::AUTH_ADMIN || (asks && route.verb != Verb::kGet)) {
    failures[403];
  }
  if (!route.variables.empty()) failures[404];
  if (route.body != Route::Body::kIgnored) {
    failures[413];
    failures[415];
  }
  for (auto& note : errors_in(comment_of(*route.method->descriptor))) {
    failures[note.status] = std::move(note.messages);
  }
  for (const auto& field : route.method->reply->fields) failures.erase(field.status_if_true);
  return failures;
}

}  // namespace

Json reply_media(const Method& method, SchemaBook& book) {
  const auto& type = *method.descriptor->output_type();
  Json schema = book.reference(type, *method.reply, Use::kReply);
  Json example = example_of(type, *method.reply, Use::kReply);
  if (method.policy->success_flag() && !method.reply->has_success) {
    Json flag = {{"type", "object"},
                 {"properties", {{"success", {{"type", "boolean"}, {"const", true}}}}},
                 {"required", {"success"}}};
    schema = {{"allOf", {std::move(schema), std::move(flag)}}};
    example["success"] = true;
  }
  return {{"schema", std::move(schema)}, {"example", std::move(example)}};
}

Json responses_of(const Route& route, SchemaBook& book) {
  const bool top_level =
      route.method->policy->field_errors() == marquee::api::FIELD_ERRORS_TOP_LEVEL;
  Json responses = Json::object();
  responses[std::to_string(route.success)] = success_response(route, route.success, book);
  for (const FieldPlan& field : route.method->reply->fields) {
    if (field.status_if_true == 0) continue;
    Json other = success_response(route, field.status_if_true, book);
    const auto& descriptor = *route.method->descriptor->output_type()->FindFieldByName(field.name);
    if (auto text = comment_of(descriptor); !text.empty()) other["description"] = text;
    responses[std::to_string(field.status_if_true)] = std::move(other);
  }
  if (cached(route)) {
    responses["304"] = {{"description", "Not changed since the ETag of `If-None-Match`; no body."},
                        {"headers", {{"ETag", header_reference("ETag")}}}};
  }
  for (const auto& [status, messages] : failures_of(route)) {
    const Failure* known = find_failure(status);
    if (known == nullptr) continue;
    bool own = !messages.empty() || (status == 400 && top_level);
    responses[std::to_string(status)] =
        own ? failure_response(*known, top_level ? "FieldProblem" : "Problem", messages)
            : Json{{"$ref", std::string("#/components/responses/") + known->component}};
  }
  return responses;
}

Json shared_responses() {
  Json responses = Json::object();
  for (const Failure& kind : kFailures) {
    responses[kind.component] = failure_response(kind, "Problem", {});
  }
  return responses;
}

Json shared_headers() {
  auto text = [](const char* description, const char* example) {
    return Json{
        {"description", description}, {"schema", {{"type", "string"}}}, {"example", example}};
  };
  auto count = [](const char* description, int example) {
    return Json{{"description", description},
                {"schema", {{"type", "integer"}, {"minimum", 0}}},
                {"example", example}};
  };
  return {
      {"XRequestId", text("Names the request in all logs; the client's own `X-Request-Id` where it "
                          "sent a proper one.",
                          "5f0c4e1d9a7b4c26b1f3d8e2a6907c35")},
      {"RateLimitLimit", count("Calls of the route's rate class per period.", 600)},
      {"RateLimitRemaining", count("How many of them are left.", 599)},
      {"RateLimitReset", count("Seconds until all are there again.", 1)},
      {"RetryAfter", count("Seconds to wait before the next try.", 2)},
      {"ETag",
       text("Names this state of the answer; send it as `If-None-Match`.", "\"9b1c6f0a4d2e8b73\"")},
      {"Link", text("RFC 8288: `rel=\"next\"` leads to the next page; absent on the last.",
                    "</api/movies?limit=2&cursor=Wzdd>; rel=\"next\"")},
      {"SetCookie", text("The session cookie: HttpOnly, SameSite=Lax.",
                         "access_token=eyJhbGciOiJFUzI1NiJ9...; Path=/; HttpOnly; SameSite=Lax")},
      {"WwwAuthenticate", text("How to sign in.", "Bearer")},
  };
}

Json problem_schema() {
  auto text = [](const char* description) {
    return Json{{"type", "string"}, {"description", description}};
  };
  Json field_texts = {{"type", "array"}, {"items", {{"type", "string"}}}};
  return {{"type", "object"},
          {"description",
           "The one error object of the API (RFC 9457), for every failure of every path."},
          {"properties",
           {{"success", {{"type", "boolean"}, {"const", false}}},
            {"type", text("A URN made of `code`.")},
            {"title", text("The status in words.")},
            {"status",
             {{"type", "integer"},
              {"minimum", 400},
              {"maximum", 599},
              {"description", "HTTP status."}}},
            {"detail", text("What went wrong, for people.")},
            {"message", text("The same text as `detail`.")},
            {"msg", text("The same text again; of a 401 only.")},
            {"code", text("What went wrong, for programs; does not change: \"movie_not_found\".")},
            {"errors",
             {{"type", "object"},
              {"description", "What is wrong with which field; empty where no field is at fault."},
              {"additionalProperties", field_texts}}},
            {"retryAfter",
             {{"type", "integer"},
              {"minimum", 1},
              {"description", "Seconds to wait, as in the Retry-After header; of 429 and 503."}}},
            {"request_id", text("As in the X-Request-Id header.")}}},
          {"required",
           {"success", "type", "title", "status", "detail", "message", "code", "errors",
            "request_id"}}};
}

Json field_problem_schema() {
  return {{"description",
           "A `Problem` that names each field at fault as a member of its own as well: "
           "`{\"email\": [\"This field is required.\"]}`."},
          {"allOf", Json::array({{{"$ref", "#/components/schemas/Problem"}}})},
          {"unevaluatedProperties", {{"type", "array"}, {"items", {{"type", "string"}}}}}};
}

}  // namespace marquee::api_docs

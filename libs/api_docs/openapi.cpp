#include "libs/api_docs/openapi.h"

#include <cctype>
#include <map>
#include <set>

#include <google/protobuf/descriptor.h>
#include <nlohmann/json.hpp>

#include "introduction.h"
#include "libs/api_docs/comments.h"
#include "libs/api_docs/responses.h"
#include "libs/api_docs/schema_book.h"
#include "libs/api_docs/wording.h"
#include "libs/transcode/route_table.h"
#include "marquee/api/policy.pb.h"

namespace marquee::api_docs {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::ServiceDescriptor;
using Json = nlohmann::ordered_json;
using transcode::FieldPlan;
using transcode::Kind;
using transcode::Method;
using transcode::Route;
using transcode::RouteTable;
using transcode::Verb;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string rate_class(const Route& route) {
  const auto& rate = route.method->policy->rate();
  if (!rate.empty()) return rate;
  return route.verb == Verb::kGet ? "read" : "write";
}

std::string description_of(const Route& route, const std::string& comment) {
  std::string text = comment;
  auto add = [&](const std::string& more) { text += (text.empty() ? "" : "\n\n") + more; };
  if (route.method->policy->auth() == marquee::api::AUTH_ADMIN) add("For administrators only.");
  if (route.method->policy->auth() == marquee::api::AUTH_OPTIONAL) {
    add("Who is signed in gets a personal answer.");
  }
  add("Rate class: `" + rate_class(route) + "`.");
  return text;
}

Json security_of(const Route& route) {
  const auto auth = route.method->policy->auth();
  Json schemes = Json::array();
  if (auth == marquee::api::AUTH_PUBLIC) return schemes;
  if (auth == marquee::api::AUTH_OPTIONAL) schemes.push_back(Json::object());
  schemes.push_back({{"bearer", Json::array()}});
  schemes.push_back({{"cookie", Json::array()}});
  return schemes;
}

// "/files/{path}" of "/files/{path=**}".
std::string plain_path(const std::string& path_template) {
  std::string path;
  bool skip = false;
  for (char c : path_template) {
    if (c == '=') skip = true;
    if (c == '}') skip = false;
    if (!skip) path += c;
  }
  return path;
}

Json parameter(const FieldDescriptor& field, const FieldPlan& plan, const char* place,
               bool required, SchemaBook& book) {
  Json schema = book.field(field, plan, Use::kRequest);
  Json result = {{"name", plan.name}, {"in", place}, {"required", required}};
  if (schema.contains("description")) result["description"] = schema["description"];
  schema.erase("description");
  // What is optional starts empty where the document is tried out.
  schema.erase("examples");
  result["schema"] = std::move(schema);
  if (required) result["example"] = example_of(field, plan, Use::kRequest);
  return result;
}

bool in_query(const FieldPlan& plan) {
  return !plan.hidden && plan.kind != Kind::kMessage && plan.kind != Kind::kMap;
}

Json parameters_of(const Route& route, const std::set<std::string>& in_path, SchemaBook& book) {
  const Method& method = *route.method;
  const Descriptor& type = *method.descriptor->input_type();
  Json parameters = Json::array();
  for (const FieldPlan* variable : route.variables) {
    const auto& field = *type.FindFieldByName(variable->name);
    parameters.push_back(parameter(field, *variable, "path", true, book));
  }
  // Others may use the query as well, but a body is where their fields belong.
  const bool by_query = route.body == Route::Body::kIgnored || route.verb == Verb::kDelete;
  for (std::size_t i = 0; by_query && i < method.request->fields.size(); ++i) {
    const FieldPlan& plan = method.request->fields[i];
    if (!in_query(plan) || in_path.contains(plan.name)) continue;
    const FieldDescriptor& field = *type.field(static_cast<int>(i));
    bool required = route.body == Route::Body::kIgnored && facts_of(comment_of(field)).required;
    parameters.push_back(parameter(field, plan, "query", required, book));
  }
  if (route.verb == Verb::kGet && method.policy->cache().ttl_s() != 0) {
    parameters.push_back({{"$ref", "#/components/parameters/IfNoneMatch"}});
  }
  return parameters;
}

// Nothing when no field can be sent in a body.
Json body_of(const Route& route, const std::set<std::string>& in_path, SchemaBook& book) {
  const Method& method = *route.method;
  const Descriptor& type = *method.descriptor->input_type();
  if (route.body == Route::Body::kIgnored) return {};
  if (route.body == Route::Body::kField) {
    const auto& field = *type.FindFieldByName(route.body_field->name);
    Json media = {{"schema", book.field(field, *route.body_field, Use::kRequest)},
                  {"example", example_of(field, *route.body_field, Use::kRequest)}};
    return {{"content", {{"application/json", std::move(media)}}}};
  }
  bool any = false;
  bool required = false;
  for (std::size_t i = 0; i < method.request->fields.size(); ++i) {
    if (in_path.contains(method.request->fields[i].name)) continue;
    any = true;
    required = required || facts_of(comment_of(*type.field(static_cast<int>(i)))).required;
  }
  if (!any) return {};
  Json media = {{"schema", book.reference(type, *method.request, Use::kRequest, in_path)},
                {"example", example_of(type, *method.request, Use::kRequest, in_path)}};
  required = required && route.verb != Verb::kDelete;
  return {{"required", required}, {"content", {{"application/json", std::move(media)}}}};
}

Json operation_of(const Route& route, const std::string& id, SchemaBook& book) {
  std::set<std::string> in_path;
  for (const FieldPlan* variable : route.variables) in_path.insert(variable->name);
  const auto& descriptor = *route.method->descriptor;
  const std::string comment = comment_of(descriptor);
  Json operation = {{"tags", {tag_name(*descriptor.service())}},
                    {"operationId", id},
                    {"summary", summary_of(comment)},
                    {"description", description_of(route, comment)},
                    {"security", security_of(route)}};
  if (Json all = parameters_of(route, in_path, book); !all.empty()) {
    operation["parameters"] = std::move(all);
  }
  if (Json body = body_of(route, in_path, book); !body.empty()) {
    operation["requestBody"] = std::move(body);
  }
  operation["responses"] = responses_of(route, book);
  return operation;
}

// "Reviews_CreateReview", and "Reviews_CreateReview2" for the second of its routes.
std::string operation_id(const Route& route, std::map<const Method*, int>& seen) {
  const auto& descriptor = *route.method->descriptor;
  std::string id = descriptor.service()->name() + '_' + descriptor.name();
  int number = ++seen[route.method];
  return number == 1 ? id : id + std::to_string(number);
}

Json security_schemes(const Settings& settings) {
  return {{"bearer", bearer_scheme()},
          {"cookie",
           {{"type", "apiKey"},
            {"in", "cookie"},
            {"name", settings.cookie_name},
            {"description",
             "Set by POST /api/token/ and POST /api/user/signup/, HttpOnly. Other "
             "verbs than GET need an Origin of ours or an allowed one."}}}};
}

// What `text` refers to of `all`, which are components of that kind.
Json used(const Json& all, const std::string& kind, const std::string& text) {
  Json some = Json::object();
  for (const auto& [name, value] : all.items()) {
    if (text.find('"' + ("#/components/" + kind) + '/' + name + '"') != std::string::npos) {
      some[name] = value;
    }
  }
  return some;
}

Json components(const Settings& settings, const SchemaBook& book, const Json& paths) {
  Json schemas = Json::object();
  for (const auto& [name, schema] : book.schemas()) schemas[name] = schema;
  schemas["Problem"] = problem_schema();
  schemas["FieldProblem"] = field_problem_schema();
  Json if_none_match = {{"name", "If-None-Match"},
                        {"in", "header"},
                        {"required", false},
                        {"description", "An ETag got earlier: 304 when nothing has changed."},
                        {"schema", {{"type", "string"}}}};
  return {{"securitySchemes", security_schemes(settings)},
          {"schemas", std::move(schemas)},
          {"parameters", {{"IfNoneMatch", std::move(if_none_match)}}},
          {"headers", shared_headers()},
          {"responses", used(shared_responses(), "responses", paths.dump())}};
}

}  // namespace

Json openapi(const RouteTable& table, const Settings& settings) {
  SchemaBook book;
  Json tags = Json::array();
  Json paths = Json::object();
  std::set<const ServiceDescriptor*> tagged;
  std::map<const Method*, int> seen;
  for (const auto& route : table.routes()) {
    const ServiceDescriptor& service = *route->method->descriptor->service();
    if (tagged.insert(&service).second) {
      tags.push_back({{"name", tag_name(service)}, {"description", comment_of(service)}});
    }
    Json& path = paths[plain_path(route->path_template)];
    path[lower(verb_name(route->verb))] = operation_of(*route, operation_id(*route, seen), book);
  }
  Json shared = components(settings, book, paths);
  return {
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "Marquee"},
        {"version", MARQUEE_VERSION},
        {"summary", "Films, accounts, ratings, reviews, comments and watchlists."},
        {"description", std::string(embedded::introduction()) + rate_limits(settings, "calls")}}},
      {"servers", {{{"url", "/"}, {"description", "The gateway that serves this document"}}}},
      {"tags", std::move(tags)},
      {"paths", std::move(paths)},
      {"components", std::move(shared)}};
}

}  // namespace marquee::api_docs

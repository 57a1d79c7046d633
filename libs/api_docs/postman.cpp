#include "libs/api_docs/postman.h"

#include <algorithm>
#include <cctype>

#include <nlohmann/json.hpp>

namespace marquee::api_docs {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kSchema[] = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// Of a parameter whose value nobody has to think of: "1".
std::string example_text(const Json& parameter) {
  if (auto example = parameter.find("example"); example != parameter.end()) {
    return text_of(*example);
  }
  const Json& schema = parameter.at("schema");
  auto value = schema.find("default");
  return value == schema.end() ? "" : text_of(*value);
}

// "/api/movies/{id}/" -> ["api", "movies", ":id", ""].
Json path_segments(const std::string& path) {
  Json segments = Json::array();
  for (std::size_t start = 1; start <= path.size();) {
    auto slash = std::min(path.find('/', start), path.size());
    std::string segment = path.substr(start, slash - start);
    if (segment.size() > 2 && segment.front() == '{') {
      segment = ':' + segment.substr(1, segment.size() - 2);
    }
    segments.push_back(segment);
    start = slash + 1;
  }
  return segments;
}

Json url_of(const std::string& path, const Json& operation) {
  Json segments = path_segments(path);
  std::string raw = "{{base_url}}";
  for (const auto& segment : segments) raw += '/' + segment.get<std::string>();
  Json query = Json::array();
  Json variables = Json::array();
  for (const auto& parameter : operation.value("parameters", Json::array())) {
    if (parameter.contains("$ref")) continue;
    Json entry = {{"key", parameter.at("name")},
                  {"value", example_text(parameter)},
                  {"description", parameter.value("description", "")}};
    if (parameter.at("in") == "path") {
      variables.push_back(std::move(entry));
    } else if (parameter.at("in") == "query") {
      if (!parameter.at("required").get<bool>()) entry["disabled"] = true;
      query.push_back(std::move(entry));
    }
  }
  char sign = '?';
  for (const auto& entry : query) {
    if (entry.contains("disabled")) continue;
    raw += sign + entry["key"].get<std::string>() + '=' + entry["value"].get<std::string>();
    sign = '&';
  }
  Json url = {{"raw", raw}, {"host", {"{{base_url}}"}}, {"path", std::move(segments)}};
  if (!query.empty()) url["query"] = std::move(query);
  if (!variables.empty()) url["variable"] = std::move(variables);
  return url;
}

// Whether a success hands out an access token in its body.
bool has_token(const Json& operation) {
  for (const auto& [status, response] : operation.at("responses").items()) {
    if (status.front() != '2' || !response.contains("content")) continue;
    for (const auto& [type, media] : response["content"].items()) {
      if (media.contains("example") && media["example"].contains("access_token")) return true;
    }
  }
  return false;
}

Json keep_token() {
  return {{{"listen", "test"},
           {"script",
            {{"type", "text/javascript"},
             {"exec",
              {"const answer = pm.response.code < 300 ? pm.response.json() : {};",
               "if (answer.access_token) pm.collectionVariables.set('token', "
               "answer.access_token);"}}}}}};
}

Json request_of(const std::string& verb, const std::string& path, const Json& operation) {
  std::string method = verb;
  for (char& c : method) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  Json request = {{"method", method}, {"header", Json::array()}};
  if (operation.at("security").empty()) request["auth"] = {{"type", "noauth"}};
  if (auto body = operation.find("requestBody"); body != operation.end()) {
    const Json& media = body->at("content").at("application/json");
    request["header"].push_back({{"key", "Content-Type"}, {"value", "application/json"}});
    request["body"] = {{"mode", "raw"},
                       {"raw", media.at("example").dump(2)},
                       {"options", {{"raw", {{"language", "json"}}}}}};
  }
  request["url"] = url_of(path, operation);
  request["description"] = operation.value("description", "");
  return request;
}

Json item_of(const std::string& verb, const std::string& path, const Json& operation) {
  Json item = {{"name", operation.at("summary")},
               {"request", request_of(verb, path, operation)},
               {"response", Json::array()}};
  if (has_token(operation)) item["event"] = keep_token();
  return item;
}

}  // namespace

Json postman(const Json& openapi, const std::string& base_url) {
  Json folders = Json::array();
  for (const auto& tag : openapi.at("tags")) {
    Json items = Json::array();
    for (const auto& [path, verbs] : openapi.at("paths").items()) {
      for (const auto& [verb, operation] : verbs.items()) {
        if (operation.at("tags").front() == tag.at("name")) {
          items.push_back(item_of(verb, path, operation));
        }
      }
    }
    folders.push_back({{"name", tag.at("name")},
                       {"description", tag.value("description", "")},
                       {"item", std::move(items)}});
  }
  const Json& info = openapi.at("info");
  return {{"info",
           {{"name", info.at("title")},
            {"description", info.at("description")},
            {"version", info.at("version")},
            {"schema", kSchema}}},
          {"auth",
           {{"type", "bearer"},
            {"bearer", {{{"key", "token"}, {"value", "{{token}}"}, {"type", "string"}}}}}},
          {"variable",
           {{{"key", "base_url"}, {"value", base_url}, {"type", "string"}},
            {{"key", "token"}, {"value", ""}, {"type", "string"}}}},
          {"item", std::move(folders)}};
}

}  // namespace marquee::api_docs

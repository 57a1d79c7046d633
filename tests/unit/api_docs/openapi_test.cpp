// The document of our own API, looked at where a mistake would mislead clients.
#include "libs/api_docs/openapi.h"

#include <functional>
#include <set>

#include <nlohmann/json.hpp>

#include "libs/transcode/api.h"
#include "libs/transcode/route_table.h"
#include "marquee_descriptor_set.h"
#include "tests/catch.h"
#include "tests/unit/api_docs/references.h"

namespace marquee::api_docs {
namespace {

using Json = nlohmann::ordered_json;

const transcode::RouteTable& table() {
  static const transcode::Api api(embedded::marquee_descriptor_set());
  static const transcode::RouteTable instance(api);
  return instance;
}

const Json& document() {
  static const Json instance = openapi(table(), {"session", {{"read", 6000, 60}, {"none", 0, 1}}});
  return instance;
}

const Json& operation(const char* verb, const char* path) {
  return document().at("paths").at(path).at(verb);
}

const Json& schema(const std::string& name) {
  return document().at("components").at("schemas").at(name);
}

Json parameter(const Json& of, const std::string& name) {
  for (const auto& one : of.value("parameters", Json::array())) {
    if (one.value("name", "") == name) return one;
  }
  return nullptr;
}

void each_operation(const std::function<void(const std::string&, const Json&)>& visit) {
  for (const auto& [path, verbs] : document().at("paths").items()) {
    for (const auto& [verb, one] : verbs.items()) visit(verb + ' ' + path, one);
  }
}

TEST_CASE("every route is described once, as it is declared") {
  std::size_t described = 0;
  std::set<std::string> ids;
  each_operation([&](const std::string& name, const Json& one) {
    CAPTURE(name);
    ++described;
    CHECK(ids.insert(one.at("operationId")).second);
    CHECK(one.at("summary").get<std::string>() != "");
    CHECK(one.at("summary").get<std::string>().size() <= 124);
    CHECK(one.at("responses").contains("429"));
  });
  CHECK(described == table().routes().size());
  CHECK(operation("get", "/api/movies/popular").at("operationId") == "MovieCatalog_ListPopular");
  CHECK(operation("get", "/api/movies/popular/").at("operationId") ==
        "MovieCatalog_ListPopularCards");
  CHECK(operation("patch", "/api/reviews/{id}").at("operationId") == "Reviews_UpdateReview2");
}

TEST_CASE("what is referred to is there, and no internal message is") {
  const std::string text = document().dump();
  CHECK(check_references(document(), document()) > 100);
  CHECK(text.find("EnsureAccounts") == std::string::npos);
  CHECK(text.find("ListRevoked") == std::string::npos);
}

TEST_CASE("security follows the declared access") {
  const Json both = {{{"bearer", Json::array()}}, {{"cookie", Json::array()}}};
  CHECK(operation("post", "/api/reviews").at("security") == both);
  CHECK(operation("get", "/api/movies").at("security").empty());
  Json optional = both;
  optional.insert(optional.begin(), Json::object());
  CHECK(operation("get", "/api/movie/{id}/").at("security") == optional);
  CHECK(document()["components"]["securitySchemes"]["cookie"]["name"] == "session");
  CHECK(operation("post", "/api/auth/keys/rotate").at("responses").contains("403"));
}

TEST_CASE("path and query parameters carry types, limits and defaults") {
  const Json& list = operation("get", "/api/movies/{movie_id}/reviews");
  Json id = parameter(list, "movie_id");
  CHECK(id.at("in") == "path");
  CHECK(id.at("required") == true);
  CHECK(id.at("schema").at("format") == "int64");
  Json limit = parameter(list, "limit");
  CHECK(limit.at("in") == "query");
  CHECK(limit.at("required") == false);
  CHECK(limit.at("schema").at("default") == 100);
  CHECK(limit.at("schema").at("maximum") == 100);
  CHECK_FALSE(limit.contains("example"));
  CHECK(parameter(operation("get", "/api/user/search/"), "username").at("required") == true);
  CHECK(parameter(operation("post", "/api/reviews"), "movie_id").is_null());
  // Either way: in the query or in the body.
  CHECK(parameter(operation("delete", "/api/movie/{movie_id}/comment/"), "comment_id").at("in") ==
        "query");
}

TEST_CASE("a body has what the path does not say, and what is required is") {
  const Json& free = operation("post", "/api/reviews").at("requestBody");
  CHECK(free.at("required") == true);
  CHECK(schema("CreateReviewRequest").at("required") == Json({"movie_id", "rating", "comment"}));
  const Json& bound = operation("post", "/api/movies/{movie_id}/reviews").at("requestBody");
  CHECK(bound["content"]["application/json"]["schema"]["$ref"] ==
        "#/components/schemas/CreateReviewRequestWithoutMovieId");
  CHECK(schema("CreateReviewRequestWithoutMovieId").at("required") == Json({"rating", "comment"}));
  CHECK_FALSE(operation("post", "/api/movie/{id}/watch/").contains("requestBody"));
  // Nobody should change their password by trying out.
  const Json& update = operation("put", "/api/users/{id}").at("requestBody");
  CHECK(update["content"]["application/json"]["example"] ==
        Json({{"username", "ada"}, {"email", "ada@example.org"}}));
  CHECK(schema("UpdateUserRequest")["properties"]["password"]["format"] == "password");
}

TEST_CASE("answers have every written member, both scales and both names") {
  const Json& movie = schema("Movie");
  CHECK(movie.at("required").size() == movie.at("properties").size());
  CHECK(movie["properties"]["rating"]["maximum"] == 10);
  CHECK(movie["properties"]["rating"]["type"] == Json({"number", "null"}));
  CHECK(movie["properties"].contains("description"));
  CHECK(movie["properties"].contains("overview"));
  CHECK(schema("MovieDetail")["properties"]["average_rating"]["maximum"] == 5);
  CHECK(schema("Review")["properties"]["updated_at"]["type"] == Json({"string", "null"}));
  CHECK(schema("Review")["properties"]["created_at"]["type"] == "string");
  CHECK_FALSE(schema("RateMovieReply")["properties"].contains("created"));
  CHECK_FALSE(schema("RateMovieReply")["properties"].contains("review_id"));
  CHECK_FALSE(schema("CookieSessionReply")["properties"].contains("access_token"));
  const std::string introduction = document()["info"]["description"];
  CHECK(introduction.find("0.5 to 5") != std::string::npos);
  CHECK(introduction.find("| `read` | 6000 | 60 s |") != std::string::npos);
  CHECK(introduction.find("| `none` | any number") != std::string::npos);
}

TEST_CASE("successes: their status, body and headers") {
  const Json& list = operation("get", "/api/movies").at("responses").at("200");
  CHECK(list["content"]["application/json"]["schema"]["type"] == "array");
  CHECK(list["content"]["application/json"]["example"][0]["imdb_id"] == "tt0114709");
  CHECK(list.at("headers").contains("Link"));
  CHECK(list.at("headers").contains("ETag"));
  CHECK(operation("get", "/api/movies").at("responses").contains("304"));
  const Json& rate = operation("post", "/api/movie/{id}/rate/").at("responses");
  CHECK(rate.contains("200"));
  CHECK(rate.contains("201"));
  const Json& gone = operation("delete", "/api/movie/{id}/rate/").at("responses").at("204");
  CHECK_FALSE(gone.contains("content"));
  CHECK(operation("post", "/api/token/")["responses"]["200"]["headers"].contains("Set-Cookie"));
  const Json& status = operation("get", "/api/movies/status").at("responses");
  CHECK(status["500"]["content"].contains("application/json"));
}

TEST_CASE("failures: which there can be, and their texts") {
  const Json& create = operation("post", "/api/reviews").at("responses");
  const Json& conflict = create.at("409");
  CHECK(
      conflict["content"]["application/problem+json"]["examples"]["example1"]["value"]["message"] ==
      "You already reviewed this movie");
  for (const char* code : {"400", "401", "403", "404", "413", "415", "429", "500", "503", "504"}) {
    CAPTURE(code);
    CHECK(create.contains(code));
  }
  const Json& read = operation("get", "/api/movies").at("responses");
  for (const char* code : {"401", "403", "404", "409", "413", "415"}) {
    CAPTURE(code);
    CHECK_FALSE(read.contains(code));
  }
  const Json& shared = document()["components"]["responses"];
  CHECK(shared["TooManyRequests"]["headers"].contains("Retry-After"));
  CHECK(shared["ServiceUnavailable"]["headers"].contains("Retry-After"));
  CHECK(operation("post", "/api/user/signup/")["responses"]["400"]["content"]
                                              ["application/problem+json"]["schema"]["$ref"] ==
        "#/components/schemas/FieldProblem");
}

}  // namespace
}  // namespace marquee::api_docs

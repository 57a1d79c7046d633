// The collection has the structure that Postman's format v2.1 asks for, and a request for each
// operation.
#include "libs/api_docs/postman.h"

#include <set>

#include <nlohmann/json.hpp>

#include "libs/api_docs/openapi.h"
#include "libs/transcode/api.h"
#include "libs/transcode/route_table.h"
#include "marquee_descriptor_set.h"
#include "tests/catch.h"

namespace marquee::api_docs {
namespace {

using Json = nlohmann::ordered_json;

struct Exported {
  Json document;
  Json collection;

  Exported() {
    transcode::Api api(embedded::marquee_descriptor_set());
    document = openapi(transcode::RouteTable(api), {});
    collection = postman(document, "http://localhost:8000");
  }
};

const Json& collection() {
  static const Exported exported;
  return exported.collection;
}

Json find_item(const std::string& method, const std::string& raw) {
  for (const auto& folder : collection().at("item")) {
    for (const auto& item : folder.at("item")) {
      const Json& request = item.at("request");
      if (request.at("method") == method && request.at("url").at("raw") == raw) return item;
    }
  }
  return nullptr;
}

TEST_CASE("a collection names its format, its variables and its token") {
  CHECK(collection()["info"]["name"] == "Marquee");
  CHECK(collection()["info"]["schema"] ==
        "https://schema.getpostman.com/json/collection/v2.1.0/collection.json");
  REQUIRE(collection()["variable"].size() == 2);
  CHECK(collection()["variable"][0]["key"] == "base_url");
  CHECK(collection()["variable"][0]["value"] == "http://localhost:8000");
  CHECK(collection()["variable"][1]["key"] == "token");
  CHECK(collection()["auth"]["type"] == "bearer");
  CHECK(collection()["auth"]["bearer"][0]["value"] == "{{token}}");
}

TEST_CASE("every operation is a request in the folder of its tag") {
  std::size_t requests = 0;
  for (const auto& folder : collection().at("item")) {
    CAPTURE(folder.at("name").dump());
    CHECK_FALSE(folder.at("item").empty());
    for (const auto& item : folder.at("item")) {
      ++requests;
      CAPTURE(item.at("name").dump());
      CHECK(item.at("name").get<std::string>() != "");
      CHECK(item.at("response").is_array());
      const Json& request = item.at("request");
      static const std::set<std::string> kMethods = {"GET", "POST", "PUT", "PATCH", "DELETE"};
      CHECK(kMethods.count(request.at("method")) == 1);
      const Json& url = request.at("url");
      CHECK(url.at("raw").get<std::string>().rfind("{{base_url}}/", 0) == 0);
      CHECK(url.at("host") == Json({"{{base_url}}"}));
      std::size_t variables = 0;
      for (const auto& segment : url.at("path")) {
        variables += segment.get<std::string>().rfind(':', 0) == 0 ? 1 : 0;
      }
      CHECK(url.value("variable", Json::array()).size() == variables);
      for (const auto& variable : url.value("variable", Json::array())) {
        CHECK(variable.at("value").get<std::string>() != "");
      }
      if (!request.contains("body")) continue;
      CHECK(request["body"]["mode"] == "raw");
      CHECK(request["body"]["options"]["raw"]["language"] == "json");
      CHECK(Json::parse(request["body"]["raw"].get<std::string>()).is_object());
      CHECK(request["header"][0]["key"] == "Content-Type");
    }
  }
  transcode::Api api(embedded::marquee_descriptor_set());
  CHECK(requests == transcode::RouteTable(api).routes().size());
}

TEST_CASE("signing in keeps the token, and public requests send none") {
  Json login = find_item("POST", "{{base_url}}/api/auth/login");
  REQUIRE(login.is_object());
  CHECK(login["event"][0]["listen"] == "test");
  CHECK(login["event"][0]["script"]["exec"].dump().find("set('token'") != std::string::npos);
  CHECK(login["request"]["auth"]["type"] == "noauth");
  Json profile = find_item("GET", "{{base_url}}/api/user/profile/");
  REQUIRE(profile.is_object());
  CHECK_FALSE(profile["request"].contains("auth"));
  CHECK_FALSE(profile.contains("event"));
}

TEST_CASE("paths keep their slash, parameters that may be absent are off") {
  Json detail = find_item("GET", "{{base_url}}/api/movie/:id/");
  REQUIRE(detail.is_object());
  CHECK(detail["request"]["url"]["path"] == Json({"api", "movie", ":id", ""}));
  CHECK(detail["request"]["url"]["variable"][0]["value"] == "1");
  Json search = find_item("GET", "{{base_url}}/api/user/search/?username=ad");
  REQUIRE(search.is_object());
  Json list = find_item("GET", "{{base_url}}/api/movies");
  REQUIRE(list.is_object());
  for (const auto& entry : list["request"]["url"]["query"]) CHECK(entry.at("disabled") == true);
}

}  // namespace
}  // namespace marquee::api_docs

// The API documents and their pages as a browser gets them.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "gateway/api_document.h"
#include "gateway/hub/hub.h"
#include "gateway/problem.h"
#include "libs/testing/process.h"
#include "libs/transcode/api.h"
#include "libs/transcode/route_table.h"
#include "tests/catch.h"
#include "tests/unit/gateway/test_gateway.h"

namespace marquee::gateway {
namespace {

using nlohmann::json;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// What stands in for npm's package.
struct ViewerFolder {
  testing::TemporaryFolder folder;

  ViewerFolder() {
    write("swagger-ui-bundle.js", "window.SwaggerUIBundle = () => {};");
    write("swagger-ui.css", ".viewer {}" + std::string(2000, ' '));
    write("favicon-32x32.png", "PNG");
  }
  void write(const std::string& name, const std::string& content) const {
    std::ofstream(folder.path() + '/' + name) << content;
  }
};

// Of each src and href.
std::vector<std::string> addresses_in(const std::string& html) {
  std::vector<std::string> addresses;
  for (const std::string attribute : {"src=\"", "href=\""}) {
    for (auto at = html.find(attribute); at != std::string::npos;
         at = html.find(attribute, at + 1)) {
      auto begin = at + attribute.size();
      addresses.push_back(html.substr(begin, html.find('"', begin) - begin));
    }
  }
  return addresses;
}

TEST_CASE("the document is served whole, packed and not again when it is known") {
  TestGateway t([](Config& config) { config.cookie_name = "my_cookie"; });
  auto client = t.client();
  auto reply = client.get("/api/openapi.json");
  CHECK(reply.status == 200);
  CHECK(reply.header("content-type") == "application/json");
  CHECK(reply.header("cache-control") == "no-cache");
  json document = reply.json();
  CHECK(document["openapi"] == "3.1.0");
  CHECK(document["paths"].contains("/api/movies/{id}"));
  CHECK(document["paths"].contains("/readyz"));
  CHECK(document["components"]["securitySchemes"]["cookie"]["name"] == "my_cookie");

  std::string tag = reply.header("etag");
  REQUIRE(tag.size() > 2);
  auto again = client.request("GET", "/api/openapi.json", "", {{"If-None-Match", tag}});
  CHECK(again.status == 304);
  CHECK(again.header("etag") == tag);
  CHECK(again.body.empty());
  auto packed = client.request("GET", "/api/openapi.json", "", {{"Accept-Encoding", "gzip"}});
  CHECK(packed.header("content-encoding") == "gzip");
  CHECK(packed.header("etag") != tag);
  CHECK(std::stoul(packed.header("content-length")) * 4 < reply.body.size());
  auto head = client.request("HEAD", "/api/openapi.json");
  CHECK(head.status == 200);
  CHECK(head.header("content-length") == reply.header("content-length"));
}

TEST_CASE("the pages take GET and HEAD only, in both spellings") {
  TestGateway t;
  auto client = t.client();
  for (const char* path : {"/docs", "/docs/", "/docs/sockets", "/api/openapi.json",
                           "/api/openapi.json/", "/api/asyncapi.json"}) {
    CAPTURE(path);
    CHECK(client.get(path).status == 200);
    auto post = client.post(path, json::object());
    CHECK(post.status == 405);
    CHECK(post.header("allow") == "GET, HEAD, OPTIONS");
    CHECK(client.request("OPTIONS", path).header("allow") == "GET, HEAD, OPTIONS");
  }
  for (const char* path : {"/docs/../docs", "/docs/index.html", "/docs/package.json", "/docs/x",
                           "/docs/..%2fdocs", "/docs/swagger-ui-bundle.js"}) {
    CAPTURE(path);
    CHECK(client.get(path).status == 404);
  }
}

TEST_CASE("without the viewer /docs lists the operations and says how to get it") {
  TestGateway t;
  auto reply = t.client().get("/docs");
  CHECK(reply.header("content-type") == "text/html; charset=utf-8");
  CHECK(contains(reply.body, "deploy/marquee up"));
  CHECK(contains(reply.body, "<code>/api/movie/{id}/rate/</code>"));
  CHECK_FALSE(contains(reply.body, "<script"));
  CHECK_FALSE(contains(reply.body, "{{"));
}

// That the page is under a strict policy, and that all it names is there.
std::vector<std::string> check_page(testing::HttpClient& client, const std::string& path) {
  auto page = client.get(path);
  REQUIRE(page.status == 200);
  CHECK(page.header("content-type") == "text/html; charset=utf-8");
  const std::string policy = page.header("content-security-policy");
  CHECK(contains(policy, "default-src 'none'"));
  CHECK(contains(policy, "script-src 'self';"));
  CHECK(contains(policy, "frame-ancestors 'none'"));
  CHECK_FALSE(contains(policy, "unsafe"));
  CHECK_FALSE(contains(policy, "http"));
  CHECK_FALSE(contains(page.body, "style=\""));
  CHECK_FALSE(contains(page.body, "{{"));
  auto addresses = addresses_in(page.body);
  for (const auto& address : addresses) {
    CAPTURE(address);
    CHECK(address.rfind("/", 0) == 0);
    CHECK(address.rfind("//", 0) != 0);
    auto file = client.get(address);
    CHECK(file.status == 200);
    bool versioned = address.find('?') != std::string::npos;
    CHECK(contains(file.header("cache-control"), "immutable") == versioned);
  }
  return addresses;
}

bool names(const std::vector<std::string>& addresses, const std::string& path) {
  return std::find(addresses.begin(), addresses.end(), path) != addresses.end();
}

TEST_CASE("with the viewer /docs loads it from here alone, under a strict policy") {
  ViewerFolder viewer;
  TestGateway t([&](Config& config) { config.docs_folder = viewer.folder.path(); });
  auto client = t.client();
  const auto addresses = check_page(client, "/docs");
  CHECK(addresses.size() >= 5);
  CHECK(names(addresses, "/docs/sockets"));
  auto script = client.get("/docs/swagger-ui-bundle.js");
  CHECK(script.header("content-type") == "text/javascript; charset=utf-8");
  CHECK(script.body == "window.SwaggerUIBundle = () => {};");
}

TEST_CASE("the sockets have a document and a page, linked from /docs, with or without the viewer") {
  TestGateway t([](Config& config) { config.cookie_name = "my_cookie"; });
  auto client = t.client();
  auto reply = client.get("/api/asyncapi.json");
  CHECK(reply.header("content-type") == "application/json");
  CHECK(reply.header("etag") != "");
  json document = reply.json();
  CHECK(document["asyncapi"] == "3.0.0");
  CHECK(document["servers"]["native"]["protocol"] == "ws");
  CHECK(document["components"]["securitySchemes"]["cookie"]["name"] == "my_cookie");
  CHECK(names(check_page(client, "/docs"), "/docs/sockets"));
  const auto addresses = check_page(client, "/docs/sockets");
  CHECK(names(addresses, "/api/asyncapi.json"));
  auto script = client.get("/docs/sockets.js");
  CHECK(script.header("content-type") == "text/javascript; charset=utf-8");
  for (const char* markup : {"innerHTML", "outerHTML", "insertAdjacentHTML", "eval("}) {
    CAPTURE(markup);
    CHECK_FALSE(contains(script.body, markup));
  }
}

TEST_CASE("a folder without the viewer is as none, one with a part of it refuses to start") {
  testing::TemporaryFolder empty;
  TestGateway t([&](Config& config) { config.docs_folder = empty.path(); });
  CHECK(contains(t.client().get("/docs").body, "deploy/marquee up"));
  ViewerFolder part;
  std::filesystem::remove(part.folder.path() + "/swagger-ui.css");
  CHECK_THROWS_AS(TestGateway([&](Config& config) { config.docs_folder = part.folder.path(); }),
                  std::invalid_argument);
}

TEST_CASE("the described error object is the one that is sent") {
  transcode::Api api(TestGateway::descriptors());
  const auto document = api_document(transcode::RouteTable(api), Config());
  const auto& schema = document.at("components").at("schemas").at("Problem");
  Problem problem = too_many_requests(3);
  problem.fields = {{"email", "Too long."}};
  for (const Problem& sent : {problem, not_authenticated()}) {
    json body = json::parse(problem_json(sent, "r", false));
    for (const auto& [name, value] : body.items()) {
      CAPTURE(name);
      CHECK(schema.at("properties").contains(name));
    }
    for (const auto& name : schema.at("required")) {
      CAPTURE(name.dump());
      CHECK(body.contains(name.get<std::string>()));
    }
  }
}

TEST_CASE("the described error of sockets is the one that is sent") {
  transcode::Api api(TestGateway::descriptors());
  const auto document = socket_document(api, Config());
  const auto& schema = document.at("components").at("schemas").at("SocketError");
  Problem problem = too_many_requests(3);
  problem.fields = {{"room_id", "Too long."}};
  json sent = json::parse(socket_error(problem));
  CHECK(sent.size() == schema.at("properties").size());
  for (const auto& [name, value] : sent.items()) {
    CAPTURE(name);
    CHECK(schema.at("properties").contains(name));
  }
  json least = json::parse(socket_error(Problem(404, "unknown_event", "Unknown event: sing")));
  CHECK(least.size() == schema.at("required").size());
  for (const auto& name : schema.at("required")) CHECK(least.contains(name.get<std::string>()));
}

}  // namespace
}  // namespace marquee::gateway

#include <fstream>

#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/people.h"

using namespace marquee::e2e;

namespace {

// The methods of an Allow header, in order.
std::vector<std::string> allowed(const HttpReply& reply) {
  std::vector<std::string> methods;
  std::istringstream list(reply.header("allow"));
  for (std::string method; std::getline(list, method, ',');) {
    std::erase(method, ' ');
    methods.push_back(method);
  }
  std::sort(methods.begin(), methods.end());
  return methods;
}

std::string gunzipped(const std::string& bytes) {
  marquee::testing::TemporaryFolder folder;
  const std::string file = folder.path() + "/body.gz";
  std::ofstream(file, std::ios::binary) << bytes;
  std::string text;
  REQUIRE(marquee::testing::run({"gzip", "-dc", file}, &text) == 0);
  return text;
}

}  // namespace

TEST_CASE("A path that exists names its methods, one that does not is none") {
  struct Case {
    const char* path;
    std::vector<std::string> wrong;
    std::vector<std::string> allow;
  };
  for (const auto& [path, wrong, allow] : std::vector<Case>{
           {"/api/auth/login", {"GET", "PUT", "DELETE", "PATCH"}, {"OPTIONS", "POST"}},
           {"/api/auth/login/", {"GET"}, {"OPTIONS", "POST"}},
           {"/api/movies", {"PUT", "PATCH", "DELETE"}, {"GET", "HEAD", "OPTIONS", "POST"}},
           {"/api/movies/1", {"POST"}, {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "PUT"}},
           {"/api/users/1", {"POST"}, {"DELETE", "GET", "HEAD", "OPTIONS", "PUT"}},
           {"/api/auth/status", {"POST", "DELETE"}, {"GET", "HEAD", "OPTIONS"}},
           {"/api/user/delete/", {"GET", "POST"}, {"DELETE", "OPTIONS"}},
           {"/api/movie/1/watch/", {"GET", "PUT"}, {"DELETE", "OPTIONS", "POST"}},
           {"/health", {"POST", "DELETE"}, {"GET", "HEAD", "OPTIONS"}},
           {"/", {"POST"}, {"GET", "HEAD", "OPTIONS"}}}) {
    CAPTURE(path);
    for (const auto& method : wrong) {
      auto reply = anybody().request(method, path, method == "DELETE" ? "" : "{}");
      CHECK(error_faults(reply, 405, "Method \"" + method + "\" not allowed.") == "");
      CHECK(allowed(reply) == allow);
    }
    auto options = anybody().request("OPTIONS", path);
    CHECK(no_content_faults(options) == "");
    CHECK(allowed(options) == allow);
  }
  for (const auto* path :
       {"/x", "/api/movies/1/nothing", "/api//movies", "//api/movies", "/api/auth", "/API/movies",
        "/api/movies//", "/api/movies/1/2/3", "/../etc/passwd"}) {
    CAPTURE(path);
    CHECK(error_faults(anybody().get(path), 404) == "");
    CHECK(error_faults(anybody().request("OPTIONS", path), 404) == "");
  }
  for (const auto* path :
       {"/api/movies/..", "/api/movies/%2e%2e", "/api/movies/%2F", "/api/movies/x"}) {
    CAPTURE(path);
    CHECK(error_faults(anybody().get(path), 404) == "");
  }
  for (const auto* path : {"/api/movies/%", "/api/movies/%zz", "/api/movies/%ff"}) {
    CAPTURE(path);
    auto reply = anybody().get(path);
    CHECK((reply.status == 400 || reply.status == 404));
    CHECK(error_faults(reply, reply.status) == "");
  }
}

TEST_CASE("HEAD is GET without the body") {
  auto movie = add_film(new_person());
  for (const auto& path :
       {movie_path(movie), std::string("/api/movies/popular"), std::string("/health"),
        std::string("/api/auth/status"), movie_path(kNobody), std::string("/api/users")}) {
    CAPTURE(path);
    anybody().get(path);
    auto get = anybody().get(path);
    auto head = anybody().request("HEAD", path);
    CHECK(head.status == get.status);
    CHECK(head.body.empty());
    CHECK(head.header("content-length") == get.header("content-length"));
    CHECK(head.header("content-type") == get.header("content-type"));
    CHECK(head.header("etag") == get.header("etag"));
  }
}

TEST_CASE("A body of a GET or DELETE is read past") {
  Person person = new_person();
  auto movie = add_film(person);
  auto client = client_of(person);
  const std::string body = R"({"title": "ignored", "id": "x"})";
  CHECK(client.request("GET", movie_path(movie), body).json()["id"] == movie);
  CHECK(client.request("GET", "/api/users", "not even JSON").status == 200);
  CHECK(client.request("GET", "/api/users", "a=b", {{"Content-Type", "text/plain"}}).status == 200);
  CHECK(message_faults(client.request("DELETE", movie_path(movie), body), 200,
                       "Movie deleted successfully") == "");
}

TEST_CASE("What is too large is said to be so") {
  const std::string path = "/api/auth/login";
  const std::string large(1024 * 1024 + 1, ' ');
  CHECK(error_faults(anybody().request("POST", path, large), 413) == "");
  CHECK(error_faults(anybody().request("POST", path, large, {{"Transfer-Encoding", "chunked"}}),
                     413) == "");
  std::string fits = R"({"email":"a","password":"b"})";
  fits += std::string(1024 * 1024 - fits.size(), ' ');
  CHECK(error_faults(anybody().request("POST", path, fits), 401) == "");
  CHECK(error_faults(
            anybody().request("GET", "/health", "", {{"X-Long", std::string(17'000, 'h')}}), 431) ==
        "");
  CHECK(error_faults(anybody().get("/api/movies?x=" + std::string(10'000, 'q')), 414) == "");
  CHECK(anybody().get("/api/movies?limit=1&x=" + std::string(4'000, 'q')).status == 200);
}

TEST_CASE("Bodies are JSON, whatever its type is called") {
  const std::string path = "/api/auth/login";
  const std::string body = R"({"email":"a","password":"b"})";
  for (const auto* type : {"text/plain", "application/x-www-form-urlencoded", "text/html; x=json",
                           "multipart/form-data; boundary=x", "application/jsonp", "json"}) {
    CAPTURE(type);
    auto reply = anybody().request("POST", path, body, {{"Content-Type", type}});
    CHECK(error_faults(reply, 415) == "");
  }
  for (const auto* type : {"application/json", "application/json; charset=utf-8",
                           "Application/JSON;charset=UTF-8", "application/merge-patch+json", ""}) {
    CAPTURE(type);
    auto reply = anybody().request("POST", path, body, {{"Content-Type", type}});
    CHECK(error_faults(reply, 401) == "");
  }
  // Nothing has no type.
  auto reply = anybody().request("POST", path, "", {{"Content-Type", "text/plain"}});
  CHECK(error_faults(reply, 400) == "");
}

TEST_CASE("Answers are compressed for who takes it, with a tag of their own") {
  for (const auto* path : {"/api/movies", "/api/movies/popular"}) {
    CAPTURE(path);
    anybody().get(path);
    auto plain = anybody().get(path);
    REQUIRE(plain.body.size() > 1024);
    CHECK(plain.header("content-encoding").empty());
    for (const auto* accept : {"gzip", "deflate, GZIP;q=0.5, br", "*"}) {
      auto packed = anybody().request("GET", path, "", {{"Accept-Encoding", accept}});
      CHECK(success_faults(HttpReply{packed.status, packed.headers, plain.body}, 200) == "");
      CHECK(packed.header("content-encoding") == "gzip");
      CHECK(packed.header("vary").find("Accept-Encoding") != std::string::npos);
      CHECK(packed.body.size() < plain.body.size());
      CHECK(gunzipped(packed.body) == plain.body);
      CHECK(packed.header("etag") != plain.header("etag"));
      auto again = anybody().request(
          "GET", path, "", {{"Accept-Encoding", accept}, {"If-None-Match", packed.header("etag")}});
      CHECK(again.status == 304);
    }
    for (const auto* accept : {"gzip;q=0", "identity", "br", "*;q=0"}) {
      auto reply = anybody().request("GET", path, "", {{"Accept-Encoding", accept}});
      CHECK(reply.header("content-encoding").empty());
    }
  }
  auto tiny = anybody().request("GET", "/health", "", {{"Accept-Encoding", "gzip"}});
  CHECK(tiny.header("content-encoding").empty());
}

TEST_CASE("Who knows the answer already gets 304") {
  Person person = new_person();
  auto movie = add_film(person);
  auto first = anybody().get(movie_path(movie));
  const std::string tag = first.header("etag");
  REQUIRE(tag.size() > 2);
  CHECK(tag.front() == '"');
  auto conditional = [&](const std::string& value) {
    return anybody().request("GET", movie_path(movie), "", {{"If-None-Match", value}});
  };
  for (const auto& value : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
    CAPTURE(value);
    auto reply = conditional(value);
    CHECK(reply.status == 304);
    CHECK(reply.body.empty());
    CHECK(reply.header("etag") == tag);
    CHECK(reply.header("content-type").empty());
    CHECK(!reply.header("x-request-id").empty());
  }
  for (const auto& value : {std::string("\"other\""), tag.substr(1, tag.size() - 2)}) {
    CHECK(conditional(value).body == first.body);
  }
  REQUIRE(client_of(person).put(movie_path(movie), {{"title", "Another"}}).status == 200);
  auto changed = conditional(tag);
  CHECK(success_faults(changed, 200) == "");
  CHECK(changed.json()["title"] == "Another");
  CHECK(changed.header("etag") != tag);
  // A 404 is nothing to know.
  auto none = anybody().request("GET", movie_path(kNobody), "", {{"If-None-Match", "*"}});
  CHECK(error_faults(none, 404) == "");
}

TEST_CASE("A request keeps the id it came with, if that is one") {
  for (const auto* id : {"abc-123_X.y", "0"}) {
    auto reply = anybody().request("GET", "/nothing", "", {{"X-Request-Id", id}});
    CHECK(error_faults(reply, 404) == "");
    CHECK(reply.header_values("x-request-id") == std::vector<std::string>{id});
  }
  for (const std::string& id : {std::string("two words"), std::string(65, 'x'),
                                std::string("<script>"), std::string("a\"b")}) {
    auto reply = anybody().request("GET", "/nothing", "", {{"X-Request-Id", id}});
    CHECK(error_faults(reply, 404) == "");
    CHECK(reply.header("x-request-id") != id);
  }
  CHECK(anybody().get("/health").header("x-request-id") !=
        anybody().get("/health").header("x-request-id"));
}

TEST_CASE("A caller's identity is nothing that a header can claim") {
  Person person = new_person();
  for (const auto* name : {"marquee-caller", "X-User-Id", "grpc-metadata-marquee-caller"}) {
    auto reply =
        anybody().request("GET", "/api/auth/protected", "", {{name, std::to_string(person.id)}});
    CHECK(error_faults(reply, 401) == "");
  }
  // Nor does any of the services' inner calls have a path.
  for (const auto* path :
       {"/marquee.auth.v1.Directory/GetUsers", "/marquee.auth.v1.Sessions/ListRevoked",
        "/grpc.health.v1.Health/Check", "/grpc.reflection.v1alpha.ServerReflection"}) {
    CHECK(error_faults(anybody().request("POST", path, "{}"), 404) == "");
  }
}

#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/people.h"

using namespace marquee::e2e;

namespace {

const std::vector<std::string> kOrigins = {"http://localhost:3000", "http://localhost:5173",
                                           "http://127.0.0.1:5173"};

HttpReply preflight(const std::string& path, const std::string& origin, const std::string& method) {
  return anybody().request("OPTIONS", path, "",
                           {{"Origin", origin},
                            {"Access-Control-Request-Method", method},
                            {"Access-Control-Request-Headers", "content-type,authorization"}});
}

// Whether the list of that header names each of `words`, in any case.
bool names(const HttpReply& reply, const std::string& header,
           const std::vector<std::string>& words) {
  std::string list = "," + reply.header(header) + ",";
  std::erase(list, ' ');
  for (char& c : list) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const auto& word : words) {
    if (list.find("," + word + ",") == std::string::npos) return false;
  }
  return true;
}

bool is_allowed(const HttpReply& reply, const std::string& origin) {
  return reply.header_values("access-control-allow-origin") == std::vector<std::string>{origin} &&
         reply.header("access-control-allow-credentials") == "true";
}

bool is_silent(const HttpReply& reply) {
  for (const auto& [name, value] : reply.headers) {
    if (name.rfind("access-control-", 0) == 0) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("Preflights of the known origins pass, on every path and method, with credentials") {
  const std::vector<std::pair<std::string, std::string>> calls = {
      {"/api/auth/register", "POST"},
      {"/api/auth/login", "POST"},
      {"/api/auth/logout", "POST"},
      {"/api/auth/protected", "GET"},
      {"/api/users", "GET"},
      {"/api/users/1", "PUT"},
      {"/api/users/1", "DELETE"},
      {"/api/movies", "GET"},
      {"/api/movies", "POST"},
      {"/api/movies/1", "PUT"},
      {"/api/movies/1", "DELETE"},
      {"/api/movies/popular", "GET"},
      {"/api/movies/popular/", "GET"},
      {"/api/movies/cache/clear", "DELETE"},
      {"/api/reviews", "POST"},
      {"/api/reviews/1", "PUT"},
      {"/api/user/signup/", "POST"},
      {"/api/token/", "POST"},
      {"/api/token/refresh/", "POST"},
      {"/api/user/logout/", "POST"},
      {"/api/user/delete/", "DELETE"},
      {"/api/user/update/", "PUT"},
      {"/api/user/profile/", "GET"},
      {"/api/movie/1/rate/", "POST"},
      {"/api/movie/1/comment/", "DELETE"},
      {"/api/movie/1/watch", "POST"}};
  for (const auto& [path, method] : calls) {
    for (const auto& origin : kOrigins) {
      CAPTURE(path, method, origin);
      auto reply = preflight(path, origin, method);
      CHECK((reply.status == 204 || reply.status == 200));
      CHECK(reply.body.empty());
      CHECK(is_allowed(reply, origin));
      CHECK(
          names(reply, "access-control-allow-methods", {"get", "post", "put", "patch", "delete"}));
      CHECK(names(reply, "access-control-allow-headers", {"content-type", "authorization"}));
      CHECK(names(reply, "vary", {"origin"}));
    }
  }
}

TEST_CASE("Other origins hear nothing of cross-origin access") {
  for (const std::string origin :
       {"http://evil.example", "null", "http://localhost:3000.evil.example",
        "https://localhost:3000", "http://localhost:30000", "http://LOCALHOST",
        "http://127.0.0.1:3000", "*"}) {
    CAPTURE(origin);
    CHECK(is_silent(preflight("/api/auth/login", origin, "POST")));
    auto reply = anybody().request("GET", "/api/movies/popular", "", {{"Origin", origin}});
    CHECK(reply.status == 200);
    CHECK(is_silent(reply));
    CHECK(names(reply, "vary", {"origin"}));
  }
}

TEST_CASE("Every answer names its origin, failures and cached ones too") {
  Person person = new_person();
  auto movie = add_film(person);
  struct Case {
    std::string method, path, body;
    int status;
  };
  for (const auto& [method, path, body, status] :
       std::vector<Case>{{"GET", movie_path(movie), "", 200},
                         {"HEAD", movie_path(movie), "", 200},
                         {"GET", "/api/movies/popular", "", 200},
                         {"GET", "/health", "", 200},
                         {"POST", "/api/auth/register", "{}", 400},
                         {"POST", "/api/auth/register", "{", 400},
                         {"POST", "/api/auth/login", R"({"email": "x", "password": "y"})", 401},
                         {"GET", "/api/user/profile/", "", 401},
                         {"GET", "/no/such/path", "", 404},
                         {"PATCH", "/api/movies", "{}", 405},
                         {"POST", "/api/auth/login", std::string(1024 * 1024 + 1, ' '), 413}}) {
    for (const auto& origin : kOrigins) {
      CAPTURE(method, path, origin);
      auto reply = anybody().request(method, path, body, {{"Origin", origin}});
      CHECK(reply.status == status);
      CHECK(is_allowed(reply, origin));
      CHECK(names(reply, "vary", {"origin"}));
      CHECK(names(reply, "access-control-expose-headers",
                  {"etag", "link", "retry-after", "x-request-id"}));
    }
  }
  auto tag = anybody().get(movie_path(movie)).header("etag");
  auto reply = anybody().request("GET", movie_path(movie), "",
                                 {{"Origin", kOrigins[0]}, {"If-None-Match", tag}});
  CHECK(reply.status == 304);
  CHECK(is_allowed(reply, kOrigins[0]));
  CHECK(is_silent(anybody().get(movie_path(movie))));
}

// What holds for every route: who may call it, both spellings of its path, and ids of nothing.
#include <map>

#include "tests/catch.h"
#include "tests/e2e/films.h"

using namespace marquee;
using namespace marquee::e2e;

namespace {

enum class For { kAll, kUsers, kAdmins };

struct RouteRow {
  const char* method;
  const char* path;  // {film}, {review} and {user} stand for ids
  For whom;
};

// `/api/movies/popular` is two routes, told apart by the slash (movies_test.cpp).
constexpr RouteRow kRoutes[] = {
    {"GET", "/.well-known/jwks.json", For::kAll},
    {"GET", "/api/auth/status", For::kAll},
    {"GET", "/api/movies/status", For::kAll},
    {"POST", "/api/auth/register", For::kAll},
    {"POST", "/api/auth/login", For::kAll},
    {"POST", "/api/user/signup/", For::kAll},
    {"POST", "/api/token/", For::kAll},
    {"POST", "/api/token/refresh/", For::kAll},
    {"GET", "/api/movies", For::kAll},
    {"GET", "/api/movies/{film}", For::kAll},
    {"GET", "/api/movies/search", For::kAll},
    {"GET", "/api/movies/{film}/reviews", For::kAll},
    {"GET", "/api/genres", For::kAll},
    {"GET", "/api/reviews", For::kAll},
    {"GET", "/api/reviews/{review}", For::kAll},
    {"GET", "/api/movie/{film}/", For::kAll},
    {"GET", "/api/movie/{film}/comments/", For::kAll},
    {"GET", "/api/chat/rooms", For::kAll},
    {"GET", "/api/chat/rooms/NEWS/messages", For::kAll},
    {"GET", "/api/chat/rooms/NEWS/members", For::kUsers},
    {"POST", "/api/chat/rooms/NEWS/messages", For::kUsers},
    {"DELETE", "/api/chat/rooms/NEWS/messages/1", For::kUsers},
    {"POST", "/api/auth/logout", For::kUsers},
    {"GET", "/api/auth/protected", For::kUsers},
    {"POST", "/api/user/logout/", For::kUsers},
    {"GET", "/api/users", For::kUsers},
    {"GET", "/api/users/{user}", For::kUsers},
    {"PUT", "/api/users/{user}", For::kUsers},
    {"DELETE", "/api/users/{user}", For::kUsers},
    {"GET", "/api/movies/profile", For::kUsers},
    {"PUT", "/api/movies/profile", For::kUsers},
    {"DELETE", "/api/movies/profile", For::kUsers},
    {"GET", "/api/user/profile/", For::kUsers},
    {"PUT", "/api/user/update/", For::kUsers},
    {"DELETE", "/api/user/delete/", For::kUsers},
    {"GET", "/api/user/search/", For::kUsers},
    {"POST", "/api/movies", For::kUsers},
    {"PUT", "/api/movies/{film}", For::kUsers},
    {"PATCH", "/api/movies/{film}", For::kUsers},
    {"DELETE", "/api/movies/{film}", For::kUsers},
    {"GET", "/api/movie/search/", For::kUsers},
    {"POST", "/api/movie/search/", For::kUsers},
    {"POST", "/api/movie/{film}/rate/", For::kUsers},
    {"DELETE", "/api/movie/{film}/rate/", For::kUsers},
    {"GET", "/api/user/movies/rated/", For::kUsers},
    {"GET", "/api/user/{user}/movies/rated/", For::kUsers},
    {"GET", "/api/user/export/", For::kUsers},
    {"POST", "/api/reviews", For::kUsers},
    {"POST", "/api/movies/{film}/reviews", For::kUsers},
    {"PUT", "/api/reviews/{review}", For::kUsers},
    {"PATCH", "/api/reviews/{review}", For::kUsers},
    {"DELETE", "/api/reviews/{review}", For::kUsers},
    {"POST", "/api/movie/{film}/comment/", For::kUsers},
    {"DELETE", "/api/movie/{film}/comment/", For::kUsers},
    {"GET", "/api/movies/watch/", For::kUsers},
    {"POST", "/api/movie/{film}/watch/", For::kUsers},
    {"DELETE", "/api/movie/{film}/watch/", For::kUsers},
    {"GET", "/api/notifications", For::kUsers},
    {"GET", "/notifications", For::kUsers},
    {"GET", "/api/v1/notifications", For::kUsers},
    {"GET", "/api/notifications/unread-count", For::kUsers},
    {"GET", "/notifications/unread-count", For::kUsers},
    {"GET", "/api/v1/notifications/unread-count", For::kUsers},
    {"POST", "/api/notifications/1/read", For::kUsers},
    {"POST", "/notifications/1/read", For::kUsers},
    {"POST", "/api/v1/notifications/1/read", For::kUsers},
    {"POST", "/api/notifications/mark-all-read", For::kUsers},
    {"POST", "/notifications/mark-all-read", For::kUsers},
    {"POST", "/api/v1/notifications/mark-all-read", For::kUsers},
    {"DELETE", "/api/notifications/1", For::kUsers},
    {"DELETE", "/notifications/1", For::kUsers},
    {"DELETE", "/api/v1/notifications/1", For::kUsers},
    {"GET", "/api/notifications/settings", For::kUsers},
    {"PUT", "/api/notifications/settings", For::kUsers},
    {"GET", "/notifications/settings", For::kUsers},
    {"PUT", "/notifications/settings", For::kUsers},
    {"GET", "/api/v1/notifications/settings", For::kUsers},
    {"PUT", "/api/v1/notifications/settings", For::kUsers},
    {"DELETE", "/api/movies/cache/clear", For::kAdmins},
    {"POST", "/api/auth/keys/rotate", For::kAdmins},
};

// Things that exist, so that only what a test is about can fail.
struct World {
  Person person = new_person();
  std::map<std::string, std::string> ids;

  World() {
    auto id = add_film(person);
    auto review = client_of(person).post(
        "/api/reviews", {{"movie_id", id}, {"rating", 3}, {"comment", "There it is."}});
    ids = {{"{film}", std::to_string(id)},
           {"{review}", std::to_string(review.json().value("id", std::int64_t{0}))},
           {"{user}", std::to_string(person.id)}};
  }

  std::string path(std::string text) const {
    for (const auto& [name, id] : ids) {
      if (auto at = text.find(name); at != std::string::npos) text.replace(at, name.size(), id);
    }
    return text;
  }
};

std::string other_spelling(const std::string& path) {
  return path.back() == '/' ? path.substr(0, path.size() - 1) : path + '/';
}

std::string body_for(const std::string& method) {
  return method == "GET" || method == "DELETE" ? "" : "{}";
}

}  // namespace

TEST_CASE("every route for users asks who calls, in both spellings of its path") {
  World world;
  Person gone = new_person();
  REQUIRE(client_of(gone).post("/api/auth/logout", json::object()).status == 200);
  const std::map<std::string, std::string> bad_headers[] = {
      {},
      {{"Authorization", "Bearer not.a.token"}},
      {{"Authorization", "Bearer " + gone.token}},
      {{"Authorization", "Basic ZGVtbzpkZW1v"}},
      {{"Cookie", "access_token=not.a.token"}, {"Origin", Suite::shared().url()}}};
  HttpClient nobody = anybody();
  for (const auto& route : kRoutes) {
    if (route.whom == For::kAll) continue;
    const std::string path = world.path(route.path);
    for (const auto& target : {path, other_spelling(path)}) {
      for (const auto& headers : bad_headers) {
        CAPTURE(route.method, target, json(headers).dump());
        auto reply = nobody.request(route.method, target, body_for(route.method), headers);
        CHECK(error_faults(reply, 401) == "");
      }
    }
  }
}

TEST_CASE("every route for administrators refuses users") {
  World world;
  HttpClient client = client_of(world.person);
  for (const auto& route : kRoutes) {
    if (route.whom != For::kAdmins) continue;
    for (const auto& target : {std::string(route.path), other_spelling(route.path)}) {
      CAPTURE(route.method, target);
      auto reply = client.request(route.method, target, body_for(route.method));
      CHECK(error_faults(reply, 403) == "");
    }
  }
}

TEST_CASE("every public route answers in both spellings, also to a token that has gone bad") {
  World world;
  HttpClient nobody = anybody();
  for (const auto& route : kRoutes) {
    if (route.whom != For::kAll) continue;
    const std::string path = world.path(route.path);
    const bool reads = std::string(route.method) == "GET";
    for (const auto& target : {path, other_spelling(path)}) {
      for (const char* header : {"X-Nothing", "Authorization", "Cookie"}) {
        CAPTURE(route.method, target, header);
        std::string value = std::string(header) == "Cookie" ? "access_token=x" : "Bearer x";
        auto reply =
            nobody.request(route.method, target, body_for(route.method), {{header, value}});
        // Without their fields, the others say which is missing.
        CHECK((reads ? success_faults(reply, 200) : error_faults(reply, 400)) == "");
      }
    }
  }
}

TEST_CASE("no path redirects") {
  World world;
  HttpClient client = anybody();
  for (const auto& route : kRoutes) {
    const std::string path = world.path(route.path);
    for (const auto& target : {path, other_spelling(path), path + "//", "/" + path}) {
      for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
        CAPTURE(method, target);
        auto reply = client.request(method, target, body_for(method));
        CHECK((reply.status >= 200 && reply.status < 500));
        CHECK(reply.status / 100 != 3);
        CHECK(reply.header("location") == "");
      }
    }
  }
}

TEST_CASE("a known path with another method is 405 and says which it takes") {
  World world;
  HttpClient client = client_of(world.person);
  std::map<std::string, std::string> methods;
  for (const auto& route : kRoutes) methods[route.path] += std::string(route.method) + ' ';
  for (const auto& [path, known] : methods) {
    for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
      if (known.find(method) != std::string::npos) continue;
      CAPTURE(method, path);
      auto reply = client.request(method, world.path(path), body_for(method));
      CHECK(error_faults(reply, 405, "Method \"" + method + "\" not allowed.") == "");
      std::string allow = reply.header("allow") + ",";
      CHECK(allow.find(known.substr(0, known.find(' '))) != std::string::npos);
      CHECK(allow.find(method + ",") == std::string::npos);
    }
  }
}

TEST_CASE("every id of nothing is 404 with the contract's text") {
  struct Row {
    const char* method;
    const char* path;
    const char* body;
    const char* message;
  };
  constexpr Row kRows[] = {
      {"GET", "/api/movies/{}", "", "Movie not found"},
      {"PUT", "/api/movies/{}", R"({"runtime":1})", "Movie not found"},
      {"PATCH", "/api/movies/{}", R"({"runtime":1})", "Movie not found"},
      {"DELETE", "/api/movies/{}", "", "Movie not found"},
      {"GET", "/api/movies/{}/reviews", "", "Movie not found"},
      {"POST", "/api/movies/{}/reviews", R"({"rating":1,"comment":"a"})", "Movie not found"},
      {"GET", "/api/movie/{}/", "", "Movie not found"},
      {"POST", "/api/movie/{}/rate/", R"({"rating":1})", "Movie not found"},
      {"DELETE", "/api/movie/{}/rate/", "", "Movie not found"},
      {"POST", "/api/movie/{}/comment/", R"({"body":"a"})", "Movie not found"},
      {"DELETE", "/api/movie/{}/comment/?comment_id=1", "",
       "Comment not found or not owned by user"},
      {"POST", "/api/movie/{}/watch/", "", "Movie not found."},
      {"DELETE", "/api/movie/{}/watch/", "", "Movie not found."},
      {"GET", "/api/reviews/{}", "", "Review not found"},
      {"PUT", "/api/reviews/{}", R"({"rating":1})", "Review not found"},
      {"DELETE", "/api/reviews/{}", "", "Review not found"},
      {"DELETE", "/api/chat/rooms/NEWS/messages/{}", "", "Message not found"},
      {"POST", "/api/notifications/{}/read", "", "Notification not found"},
      {"DELETE", "/notifications/{}", "", "Notification not found"},
      {"GET", "/api/users/{}", "", "User not found"},
      {"GET", "/api/user/{}/movies/rated/", "", "User not found"},
  };
  HttpClient client = client_of(new_person());
  for (const auto& row : kRows) {
    for (const char* id : {"987654321000", "9223372036854775807", "0", "-1"}) {
      std::string path = row.path;
      path.replace(path.find("{}"), 2, id);
      CAPTURE(row.method, path);
      CHECK(error_faults(client.request(row.method, path, row.body), 404, row.message) == "");
    }
    for (const char* id : {"9223372036854775808", "abc", "1.0", "1e3", "%20", "+1", "0x1"}) {
      std::string path = row.path;
      path.replace(path.find("{}"), 2, id);
      CAPTURE(row.method, path);
      CHECK(error_faults(client.request(row.method, path, row.body), 404) == "");
    }
  }
}

#include <algorithm>

#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/people.h"

using namespace marquee::e2e;

namespace {

enum class Who { kNobody, kBadToken, kUser, kOther };

struct Case {
  Who who;
  const char* method;
  std::string path;
  std::string body;
  int status;
  const char* message;
  const char* code = "";
};

constexpr char kMissing[] = "Authentication credentials were not provided.";
constexpr char kNotValid[] = "Given token not valid for any token type";
constexpr char kForbidden[] = "You do not have permission to perform this action.";

}  // namespace

TEST_CASE("Every failure is the same object, with the text of its contract") {
  Person person = new_person();
  auto movie = add_film(person);
  Person other = new_person();
  const std::string review = json{{"movie_id", movie}, {"rating", 4}, {"comment", "Fine."}}.dump();
  auto made = client_of(person).request("POST", "/api/reviews", review);
  REQUIRE(made.status == 201);
  const std::string review_path =
      "/api/reviews/" + std::to_string(made.json().value("id", std::int64_t{0}));
  const std::string gone = std::to_string(kNobody);

  for (const auto& c : std::vector<Case>{
           {Who::kNobody, "GET", "/no/such/path", "", 404, "Not found"},
           {Who::kNobody, "POST", "/api/nothing", "{}", 404, "Not found"},
           {Who::kNobody, "GET", "/api/movies/" + gone, "", 404, "Movie not found"},
           {Who::kNobody, "GET", "/api/movie/" + gone + "/", "", 404, "Movie not found"},
           {Who::kNobody, "GET", "/api/reviews/" + gone, "", 404, "Review not found"},
           {Who::kUser, "GET", "/api/users/" + gone, "", 404, "User not found"},
           {Who::kUser, "POST", "/api/movie/" + gone + "/watch/", "", 404, "Movie not found."},
           {Who::kNobody, "PATCH", "/api/movies", "{}", 405, "Method \"PATCH\" not allowed."},
           {Who::kNobody, "DELETE", "/api/token/", "", 405, "Method \"DELETE\" not allowed."},
           {Who::kNobody, "GET", "/api/user/profile/", "", 401, kMissing},
           {Who::kNobody, "POST", "/api/movies", "{}", 401, kMissing},
           {Who::kNobody, "DELETE", "/api/movies/cache/clear", "", 401, kMissing},
           {Who::kBadToken, "GET", "/api/users", "", 401, kNotValid, "token_not_valid"},
           {Who::kBadToken, "POST", "/api/reviews", "{}", 401, kNotValid, "token_not_valid"},
           {Who::kNobody, "POST", "/api/auth/login", R"({"email":"a","password":"b"})", 401,
            "Invalid email or password"},
           {Who::kNobody, "POST", "/api/token/", R"({"username":"a","password":"b"})", 401,
            "No active account found with the given credentials"},
           {Who::kNobody, "POST", "/api/token/refresh/", R"({"refresh":"a"})", 401,
            "Token is invalid or expired", "token_not_valid"},
           {Who::kUser, "DELETE", "/api/movies/cache/clear", "", 403, kForbidden},
           {Who::kUser, "POST", "/api/auth/keys/rotate", "{}", 403, kForbidden},
           {Who::kOther, "PUT", review_path, R"({"rating":1})", 403,
            "Unauthorized to update this review"},
           {Who::kOther, "DELETE", movie_path(movie), "", 403, ""},
           {Who::kOther, "PUT", "/api/users/" + std::to_string(person.id), "{}", 403, kForbidden},
           {Who::kUser, "POST", "/api/movies", "{}", 400, "Missing required field: title"},
           {Who::kUser, "POST", "/api/reviews", "{}", 400, "Missing required field: movie_id"},
           {Who::kNobody, "GET", "/api/movies/search?min_rating=x", "", 400,
            "Invalid min_rating format"},
           {Who::kUser, "GET", "/api/movie/search/", "", 400, "No search query provided."},
           {Who::kUser, "POST", detail_path(movie, "/rate/"), "{}", 400, "Rating is required"},
           {Who::kUser, "DELETE", detail_path(movie, "/comment/"), "", 400,
            "Comment ID is required"},
           {Who::kUser, "DELETE", detail_path(movie, "/comment/?comment_id=" + gone), "", 404,
            "Comment not found or not owned by user"}}) {
    CAPTURE(c.method, c.path, c.status);
    auto client = c.who == Who::kUser    ? client_of(person)
                  : c.who == Who::kOther ? client_of(other)
                                         : anybody();
    if (c.who == Who::kBadToken) client.bearer("a.b.c");
    auto reply = client.request(c.method, c.path, c.body);
    CHECK(error_faults(reply, c.status, c.message) == "");
    if (*c.code != '\0') CHECK(reply.json()["code"] == c.code);
    CHECK(reply.header("cache-control") == "no-store");
    for (const auto* leak : {"SQL", "SELECT", "pqxx", "grpc", "127.0.0.1", "/work", ".cpp"}) {
      CHECK(reply.body.find(leak) == std::string::npos);
    }
  }
}

TEST_CASE("Field errors are texts by field; at the top as well on MovieConnect's paths alone") {
  Person person = new_person();
  auto movie = add_film(person);
  auto client = client_of(person);
  CHECK(top_field_faults(client.post("/api/user/signup/", json::object()), "email") == "");
  CHECK(top_field_faults(client.post("/api/token/", json::object()), "username") == "");
  CHECK(top_field_faults(client.put("/api/user/update/", {{"email", "x"}}), "email") == "");
  CHECK(top_field_faults(client.post(detail_path(movie, "/comment/"), {{"body", " "}}), "body") ==
        "");
  for (const auto& reply :
       {client.post("/api/auth/register", json::object()),
        client.post("/api/auth/login", json::object()), client.post("/api/movies", json::object()),
        client.put("/api/movies/profile", {{"email", "x"}})}) {
    REQUIRE(error_faults(reply, 400) == "");
    auto body = reply.json();
    REQUIRE(body["errors"].size() >= 1);
    for (const auto& [field, texts] : body["errors"].items()) {
      CHECK(body.value(field, json()) != texts);
    }
  }
}

TEST_CASE("Malformed JSON is a parse error with its place") {
  Person person = new_person();
  for (const auto* body :
       {"{", "}", "{\"email\"}", "{\"email\":}", "{\"email\":\"x\",}", "{'email':'x'}",
        "{\"email\":\"x\"}x", "{\"email\":\"x\"} {}", "{\"email\":01}", "{\"email\":+1}",
        "{\"email\":.5}", "{\"email\":NaN}", "{\"email\":\"\\x\"}", "{\"email\":\"\\u12\"}",
        "{\"email\":\"\n\"}", "{email:\"x\"}", "/* */ {}"}) {
    CAPTURE(body);
    for (const auto* path : {"/api/auth/login", "/api/token/", "/api/auth/register"}) {
      auto reply = anybody().request("POST", path, body);
      CHECK(error_faults(reply, 400) == "");
      const std::string detail = reply.json().value("detail", "");
      CHECK(detail.rfind("JSON parse error - ", 0) == 0);
    }
  }
  // Who may not come in is told so first.
  CHECK(error_faults(anybody().request("POST", "/api/movies", "{"), 401) == "");
  CHECK(error_faults(client_of(person).request("POST", "/api/movies", "{"), 400) == "");
}

TEST_CASE("What is no object, or none that is meant well, is refused") {
  const std::vector<std::string> bodies = {
      "[]",
      "[",
      "nul",
      "\"",
      "1",
      "\"text\"",
      "true",
      "null",
      std::string(200, '[') + std::string(200, ']'),
      "{\"x\":" + std::string(5000, '[') + std::string(5000, ']') + "}",
      "{\"email\":\"\xff\xfe\",\"password\":\"x\"}",
      "{\"email\":\"\xc0\xaf\",\"password\":\"x\"}",
      "{\"email\":\"\\ud800\",\"password\":\"x\"}",
      "{\"email\":\"a\\u0000b\",\"password\":\"x\"}"};
  for (const auto& body : bodies) {
    CAPTURE(body.substr(0, 60));
    auto reply = anybody().request("POST", "/api/auth/login", body);
    CHECK(error_faults(reply, 400) == "");
  }
}

TEST_CASE("An empty body is an empty object") {
  CHECK(field_faults(anybody().request("POST", "/api/auth/register", ""), "username",
                     "Missing required field: username") == "");
  Person person = new_person();
  CHECK(success_faults(client_of(person).request("PUT", "/api/user/update/", ""), 200) == "");
}

TEST_CASE("Wrong types are blamed by the field's path") {
  Person person = new_person();
  auto client = client_of(person);
  auto movie = add_film(person);
  struct Wrong {
    const char* method;
    std::string path;
    const char* field;
    std::vector<json> values;
  };
  const json object = json::object();
  for (const auto& wrong : std::vector<Wrong>{
           {"POST", "/api/reviews", "movie_id", {"x", true, object, 1.5}},
           {"POST", "/api/reviews", "comment", {1, false, json::array(), object}},
           {"PUT", "/api/user/update/", "is_private", {"x", 7, object}},
           {"PUT", "/api/user/update/", "bio", {1, object}},
           {"PUT", movie_path(movie), "title", {1, true, json::array({"x"})}},
           {"PUT", movie_path(movie), "rating", {true, object, "nine"}},
           {"PUT", movie_path(movie), "runtime", {"long", 1.5, 99'999'999'999}},
           {"POST", detail_path(movie, "/rate/"), "rating", {"good", true, object}},
           {"POST", detail_path(movie, "/comment/"), "body", {1, object, json::array()}}}) {
    for (const auto& value : wrong.values) {
      CAPTURE(wrong.path, wrong.field, value);
      json body = {{wrong.field, value}};
      if (wrong.path == "/api/reviews") {
        body = {{"movie_id", movie}, {"rating", 3}, {"comment", "c"}, {wrong.field, value}};
        body[wrong.field] = value;
      }
      CHECK(field_faults(client.request(wrong.method, wrong.path, body.dump()), wrong.field) == "");
    }
  }
}

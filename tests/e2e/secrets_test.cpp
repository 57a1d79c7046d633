// What is nobody's to read: passwords, tokens, cookies and the suite's own secrets, in no log (at
// debug level), no metric and no error answer, wherever a caller puts them and whatever goes wrong.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/catch.h"
#include "tests/e2e/people.h"

using namespace marquee::e2e;
using marquee::testing::eventually;

namespace {

const Settings kTalkative = {
    {"MARQUEE_AUTH_PASSWORD_MEMORY_KIB", "1024"}, {"MARQUEE_AUTH_PASSWORD_PASSES", "1"},
    {"MARQUEE_AUTH_LOG_LEVEL", "debug"},          {"MARQUEE_MOVIE_LOG_LEVEL", "debug"},
    {"MARQUEE_ROOMS_LOG_LEVEL", "debug"},         {"MARQUEE_GATEWAY_LOG_LEVEL", "debug"},
    {"MARQUEE_NOTIFICATION_LOG_LEVEL", "debug"},  {"MARQUEE_GATEWAY_RATES", kAmpleRates}};

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A caller who remembers what must not come back.
class Tour {
 public:
  explicit Tour(const Suite& suite) : suite_(suite) {}

  // A new secret; 16 characters of it are as bad as all.
  std::string secret(const std::string& what) {
    const std::string made = unique_name("hush" + what) + "hush";
    secrets_.push_back(made);
    return made;
  }
  void keep(const std::string& what) {
    REQUIRE(what.size() > 16);
    secrets_.push_back(what);
  }

  HttpReply ask(const std::string& method, const std::string& path, const std::string& body = {},
                const std::map<std::string, std::string>& headers = {}) {
    auto reply = suite_.client().request(method, path, body, headers);
    if (reply.status >= 400) {
      std::string answer = reply.body;
      for (const auto& [name, value] : reply.headers) answer += "\n" + name + ": " + value;
      look_at("the answer to " + method + " (" + std::to_string(reply.status) + ")", answer);
      ++errors_;
    }
    return reply;
  }
  HttpReply post(const std::string& path, const json& body) {
    return ask("POST", path, body.dump());
  }

  void look_at(const std::string& where, const std::string& text) {
    for (const auto& secret : secrets_) {
      if (text.find(secret) != std::string::npos) found_.insert(where + ": " + secret);
    }
  }
  const std::set<std::string>& found() const { return found_; }
  int errors() const { return errors_; }

 private:
  const Suite& suite_;
  std::vector<std::string> secrets_;
  std::set<std::string> found_;
  int errors_ = 0;
};

void tour_of_bodies(Tour& tour, const Person& person) {
  const std::vector<std::string> paths = {"/api/auth/register",  "/api/auth/login",
                                          "/api/user/signup/",   "/api/token/",
                                          "/api/token/refresh/", "/api/auth/logout"};
  for (const auto& path : paths) {
    for (const auto* field :
         {"password", "confirm_password", "refresh", "refresh_token", "token"}) {
      const std::string hush = tour.secret("body");
      const std::string quoted = json(hush).dump();
      const std::string key = json(field).dump();
      // Cut off, of the wrong kind, unknown, twice, badly escaped, no JSON, in a name.
      for (const auto& body :
           {"{" + key + ":" + quoted, "{" + key + ":[" + quoted + "]}",
            "{" + key + ":" + quoted + "}", "{" + key + ":{" + quoted + ":1}}",
            "{" + key + ":" + quoted + "," + key + ":" + quoted + "}",
            "{" + key + ":\"\\x" + hush + "\"}", field + ("=" + hush), "{" + quoted + ":1}", quoted,
            "{" + key + ":" + hush + "}",
            "{\"email\":" + json(person.email).dump() + "," + key + ":" + quoted + "}"}) {
        tour.ask("POST", path, body);
      }
      tour.ask("POST", path, field + ("=" + hush),
               {{"Content-Type", "application/x-www-form-urlencoded"}});
      tour.ask("PUT", path, "{" + key + ":" + quoted + "}");
    }
    // Larger than any body may be.
    tour.ask("POST", path,
             json{{"password", tour.secret("large") + std::string(2'000'000, 'x')}}.dump());
  }
}

void tour_of_places(Tour& tour) {
  for (const auto* path : {"/api/user/profile/", "/api/movies", "/api/movies/1", "/nowhere",
                           "/api/movies/search", "/api/auth/protected"}) {
    const std::string hush = tour.secret("place");
    const std::string at = path;
    for (const auto* name :
         {"token", "access_token", "password", "refresh_token", "title", "page"}) {
      tour.ask("GET", at + "?" + name + "=" + hush);
    }
    tour.ask("GET", at + "?" + hush);
    tour.ask("GET", at + "?title=%zz" + hush);
    tour.ask("GET", at + "/" + hush);
    for (const auto* name : {"Cookie", "Authorization", "X-Api-Key", "Proxy-Authorization",
                             "If-None-Match", "User-Agent", "Referer", "Origin", "Accept-Encoding",
                             "X-Forwarded-For", "marquee-caller", "Content-Type"}) {
      tour.ask("GET", path, "", {{name, hush}});
      tour.ask("POST", path, "{}", {{name, hush}});
    }
    tour.ask("GET", path, "", {{"Cookie", "access_token=" + hush}});
    tour.ask("GET", path, "", {{"Authorization", "Bearer " + hush}});
    tour.ask("GET", path, "", {{"Authorization", "Basic " + hush}});
    tour.ask("GET", path, "", {{"Authorization", "Bearer eyJhbGciOiJFUzI1NiJ9." + hush + ".x"}});
    tour.ask("GET", path, "", {{"traceparent", hush}, {"X-Request-Id", hush + " " + hush}});
    tour.ask("GET", path, "", {{"X-Large", hush + std::string(20'000, 'x')}});
    tour.ask("GET", path, "", {{"Expect", hush}});
  }
}

void tour_of_sessions(Tour& tour, Person& person) {
  person.password = tour.secret("password");
  REQUIRE(tour.post("/api/auth/register", registration_of(person)).status == 201);
  CHECK(tour.post("/api/auth/register", registration_of(person)).status == 400);
  json mismatch = registration_of(stranger());
  mismatch["password"] = tour.secret("one");
  mismatch["confirm_password"] = tour.secret("two");
  CHECK(tour.post("/api/auth/register", mismatch).status == 400);
  for (int i = 0; i < 2; ++i) {
    CHECK(
        tour.post("/api/auth/login", {{"email", person.email}, {"password", tour.secret("wrong")}})
            .status == 401);
  }
  auto login =
      tour.post("/api/auth/login", {{"email", person.email}, {"password", person.password}});
  REQUIRE(login.status == 200);
  person.token = login.json()["access_token"];
  person.refresh = login.json()["refresh_token"];
  tour.keep(person.token);
  tour.keep(person.refresh);
  tour.keep(person.token.substr(person.token.rfind('.') + 1));
  const std::map<std::string, std::string> bearer = {{"Authorization", "Bearer " + person.token}};
  auto browser =
      tour.post("/api/token/", {{"username", person.username}, {"password", person.password}});
  REQUIRE(browser.status == 200);
  const std::string cookie = session_cookie(browser);
  tour.keep(cookie);
  CHECK(tour.ask("GET", "/api/user/profile/", "", {{"Cookie", "access_token=" + cookie}}).status ==
        200);
  auto refreshed = tour.post("/api/token/refresh/", {{"refresh", person.refresh}});
  REQUIRE(refreshed.status == 200);
  const json fresh = refreshed.json();
  for (const auto& [name, value] : fresh.items()) {
    if (value.is_string() && value.get<std::string>().size() > 32) tour.keep(value);
  }
  const std::string changed = tour.secret("changed");
  tour.ask("PUT", "/api/user/update/", json{{"password", changed}}.dump(), bearer);
  tour.ask("PUT", "/api/movies/profile", json{{"password", changed}, {"email", 1}}.dump(), bearer);
  for (const auto* path : {"/api/auth/protected", "/api/movies/nonsense", "/api/users/1"}) {
    tour.ask("GET", std::string(path) + "?token=" + person.token, "", bearer);
  }
  tour.ask("POST", "/api/auth/logout", "", bearer);
  CHECK(tour.ask("GET", "/api/auth/protected", "", bearer).status == 401);
  tour.post("/api/token/refresh/", {{"refresh", person.refresh}});
}

}  // namespace

TEST_CASE("No secret is in a log, a metric or an error answer") {
  if (without_control()) return;
  Suite suite({"--no-sample"}, kTalkative);
  Tour tour(suite);
  for (const auto& entry : std::filesystem::directory_iterator(suite.data() + "/secrets")) {
    std::string content = content_of(entry.path());
    while (!content.empty() && content.back() == '\n') content.pop_back();
    if (content.size() > 16) tour.keep(content);
    // Of a connection string, the password as well.
    if (auto at = content.find('@'); at != std::string::npos) {
      tour.keep(content.substr(content.rfind(':', at) + 1, at - content.rfind(':', at) - 1));
    }
  }
  Person person = stranger();
  tour_of_sessions(tour, person);
  tour_of_bodies(tour, person);
  tour_of_places(tour);

  // The same once more with a database that goes away in between.
  Person late = stranger();
  late.password = tour.secret("late");
  REQUIRE(kill(suite.pids()["postgres"], SIGINT) == 0);
  CHECK(eventually([&] { return tour.ask("GET", "/api/auth/status").status == 500; }));
  CHECK(tour.post("/api/auth/register", registration_of(late)).status == 503);
  CHECK(tour.post("/api/auth/login", {{"email", late.email}, {"password", late.password}}).status ==
        503);
  CHECK(tour.post("/api/token/refresh/", {{"refresh", tour.secret("refresh")}}).status >= 400);
  REQUIRE(suite.up() == 0);
  CHECK(eventually([&] { return tour.ask("GET", "/api/auth/status").status == 200; }));
  Person later = stranger();
  later.password = tour.secret("later");
  CHECK(tour.post("/api/auth/register", registration_of(later)).status == 201);
  // What may be logged is found where the secrets are looked for.
  const std::string control = unique_name("control");
  tour.ask("GET", "/api/auth/status", "", {{"X-Request-Id", control}});
  std::set<std::string> says_control;

  for (const auto& [name, port] : suite.ports()) {
    if (name.find(".ops") == std::string::npos) continue;
    HttpClient ops("http://127.0.0.1:" + std::to_string(port));
    for (const auto* path : {"/metrics", "/readyz"}) {
      tour.look_at(name + path, ops.get(path).body);
    }
  }
  std::string output;
  suite.command("status", {"--json"}, &output);
  tour.look_at("status", output);
  // Stopped, so that all is written.
  REQUIRE(suite.command("down") == 0);
  std::size_t looked_at = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(suite.data() + "/log")) {
    if (!entry.is_regular_file()) continue;
    const std::string log = content_of(entry.path());
    looked_at += log.size();
    if (log.find(control) != std::string::npos) says_control.insert(entry.path().stem());
    tour.look_at(entry.path().filename(), log);
  }
  CHECK(looked_at > 100'000);
  CHECK(says_control == std::set<std::string>{"auth-service", "gateway"});
  CHECK(tour.errors() > 300);
  std::string found;
  for (const auto& line : tour.found()) found += line + "\n";
  CHECK(found == "");
}

#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/people.h"

using namespace marquee::e2e;

namespace {

using Headers = std::map<std::string, std::string>;
constexpr char kUpdate[] = "/api/user/update/";
constexpr char kClient[] = "http://localhost:3000";

}  // namespace

TEST_CASE("The cookie counts for changes from known origins only") {
  Person person = new_person();
  auto client = browser_of(person);
  const std::string own = Suite::shared().url();
  struct Case {
    Headers headers;
    int status;
  };
  for (const auto& [headers, status] : std::vector<Case>{
           {{{"Origin", kClient}}, 200},
           {{{"Origin", "http://localhost:5173"}}, 200},
           {{{"Origin", "http://127.0.0.1:5173"}}, 200},
           {{{"Origin", own}}, 200},
           {{{"Origin", kClient}, {"Sec-Fetch-Site", "same-site"}}, 200},
           {{{"Origin", kClient}, {"Sec-Fetch-Site", "cross-site"}}, 200},
           {{{"Sec-Fetch-Site", "same-origin"}}, 200},
           {{{"Origin", "null"}}, 403},
           {{{"Origin", "null"}, {"Sec-Fetch-Site", "same-origin"}}, 403},
           {{{"Origin", "http://evil.example"}}, 403},
           {{{"Origin", "http://evil.example"}, {"Sec-Fetch-Site", "same-origin"}}, 403},
           {{{"Origin", "http://localhost:3000.evil.example"}}, 403},
           {{{"Origin", "http://localhost:30000"}}, 403},
           {{{"Origin", "http://localhost"}}, 403},
           {{{"Origin", "https://localhost:3000"}}, 403},
           {{{"Origin", "http://evil.example, http://localhost:3000"}}, 403},
           {{{"Origin", own + "0"}}, 403},
           {{{"Origin", own + "@evil.example"}}, 403},
           {{{"Origin", "x"}}, 403},
           {{{"Sec-Fetch-Site", "cross-site"}}, 403},
           {{{"Sec-Fetch-Site", "same-site"}}, 403},
           {{{"Referer", "http://evil.example/http://localhost:3000/"}}, 403},
           {{{"Referer", "http://localhost:3000/login?x=1"}}, 200}}) {
    CAPTURE(headers);
    auto reply = client.request("PUT", kUpdate, "{}", headers);
    if (status == 403) {
      CHECK(error_faults(reply, 403) == "");
    } else {
      CHECK(success_faults(reply, status) == "");
    }
  }
}

TEST_CASE("A foreign origin is refused on every method that changes something") {
  Person person = new_person();
  auto client = browser_of(person);
  const Headers foreign = {{"Origin", "http://evil.example"}};
  auto movie = add_film(person);
  for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{
           {"POST", "/api/user/logout/"},
           {"POST", "/api/auth/logout"},
           {"POST", "/api/movies"},
           {"PUT", movie_path(movie)},
           {"PUT", "/api/users/" + std::to_string(person.id)},
           {"DELETE", movie_path(movie)},
           {"DELETE", "/api/user/delete/"},
           {"DELETE", detail_path(movie, "/watch/")},
           {"POST", detail_path(movie, "/watch/")}}) {
    CAPTURE(method, path);
    CHECK(error_faults(client.request(method, path, "{}", foreign), 403) == "");
  }
  CHECK(client.get("/api/user/profile/").json()["id"] == person.id);
  CHECK(client.get(movie_path(movie)).status == 200);
  // Reading changes nothing; the browser keeps the answer from the foreign page.
  auto read = client.request("GET", "/api/user/profile/", "", foreign);
  CHECK(read.status == 200);
  CHECK(read.header("access-control-allow-origin").empty());
}

TEST_CASE("A bearer token counts from every origin, a cookie beside a bad one does not") {
  Person person = new_person();
  for (const auto* origin : {"http://evil.example", "null", kClient}) {
    auto reply = client_of(person).request("PUT", kUpdate, "{}", {{"Origin", origin}});
    CHECK(success_faults(reply, 200) == "");
  }
  auto client = browser_of(person);
  auto reply = client.request("PUT", kUpdate, "{}",
                              {{"Origin", "http://evil.example"}, {"Authorization", "Bearer x"}});
  CHECK((reply.status == 401 || reply.status == 403));
  reply = client.request("PUT", kUpdate, "{}",
                         {{"Origin", "http://evil.example"}, {"Authorization", "Basic eDp5"}});
  CHECK(error_faults(reply, 403) == "");
}

TEST_CASE("The simple client of the contract works as it is") {
  // Another port, a JSON body, the cookie, no header against forgery.
  Person person = new_person();
  auto client = anybody();
  client.keep_cookies();
  client.set_header("Origin", kClient);
  client.set_header("Sec-Fetch-Site", "same-site");
  json body = {{"username", person.username}, {"password", person.password}};
  auto in = client.post("/api/token/", body);
  CHECK(success_faults(in, 200) == "");
  CHECK(in.header("access-control-allow-origin") == kClient);
  CHECK(in.header("access-control-allow-credentials") == "true");
  CHECK(client.get("/api/user/profile/").json()["username"] == person.username);
  CHECK(success_faults(client.post("/api/user/logout/", json::object()), 200) == "");
  CHECK(client.get("/api/user/profile/").status == 401);
}

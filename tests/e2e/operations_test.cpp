// What operators do and see. Suites of their own, without films.
#include <algorithm>
#include <csignal>
#include <filesystem>

#include "tests/catch.h"
#include "tests/e2e/people.h"

using namespace marquee::e2e;
using marquee::testing::contains;
using marquee::testing::eventually;

namespace {

const Settings kCheapPasswords = {{"MARQUEE_AUTH_PASSWORD_MEMORY_KIB", "1024"},
                                  {"MARQUEE_AUTH_PASSWORD_PASSES", "1"}};

// One for all of this file, started on first use.
Suite& bare_suite() {
  static Suite suite({"--no-sample"}, kCheapPasswords);
  return suite;
}

std::string said(const Suite& suite, const std::string& command,
                 const std::vector<std::string>& arguments, int exit_code = 0) {
  std::string output;
  CHECK(suite.command(command, arguments, &output) == exit_code);
  return output;
}

}  // namespace

TEST_CASE("Status, health and welcome are for everybody") {
  for (const auto* path :
       {"/api/auth/status", "/api/movies/status", "/api/auth/status/", "/api/movies/status/"}) {
    CAPTURE(path);
    auto reply = anybody().get(path);
    CHECK(success_faults(reply, 200) == "");
    CHECK(reply.json()["status"] == "OK");
    CHECK(reply.json()["database"] == "Connected");
  }
  for (const auto* path : {"/health", "/api/health", "/health/"}) {
    auto reply = anybody().get(path);
    CHECK(success_faults(reply, 200) == "");
    CHECK(reply.json()["status"] == "healthy");
    CHECK(reply.json()["success"] == true);
    CHECK(reply.json()["message"] == "OK");
  }
  for (const auto* path : {"/", "/api", "/api/"}) {
    auto reply = anybody().get(path);
    CHECK(success_faults(reply, 200) == "");
    CHECK(shape_faults(reply.json(), "success:flag message:text version:text api_endpoint:text") ==
          "");
  }
  for (const auto* path : {"/healthz", "/readyz"}) {
    CHECK(success_faults(anybody().get(path), 200) == "");
  }
}

TEST_CASE("What is the operators' is not on the public port") {
  Person person = new_person();
  for (const auto* path : {"/metrics", "/metrics/", "/api/metrics", "/api/transactions",
                           "/api/service-discovery/register", "/debug", "/.env", "/.git/config"}) {
    CHECK(error_faults(anybody().get(path), 404) == "");
  }
  for (const auto* path : {"/status", "/services", "/api/service-discovery/services"}) {
    for (int status : {anybody().get(path).status, client_of(person).get(path).status}) {
      CAPTURE(path, status);
      CHECK((status == 401 || status == 403 || status == 404));
    }
  }
}

TEST_CASE("Every process has its own port for metrics and health") {
  if (without_control()) return;
  anybody().get("/api/movies/status");
  int seen = 0;
  for (const auto& [name, port] : Suite::shared().ports()) {
    if (name.find(".ops") == std::string::npos) continue;
    CAPTURE(name);
    HttpClient client("http://127.0.0.1:" + std::to_string(port));
    CHECK(client.get("/healthz").status == 200);
    CHECK(client.get("/readyz").status == 200);
    auto metrics = client.get("/metrics");
    CHECK(metrics.status == 200);
    CHECK_THAT(metrics.body, contains("# TYPE "));
    CHECK(client.get("/nothing").status == 404);
    ++seen;
  }
  CHECK(seen == 8);  // auth, gateway, and two each of movie, notification, room-sync
}

TEST_CASE("The operator's commands tell what runs, what it says and what it holds") {
  if (without_control()) return;
  const Suite& suite = bare_suite();
  const std::string status = said(suite, "status", {});
  for (const auto* name : {"postgres", "nats", "auth-service", "movie-service",
                           "notification-service", "room-sync-service", "gateway"}) {
    CHECK_THAT(status, contains(name));
  }
  CHECK_THAT(status, contains(suite.url()));
  CHECK_THAT(status, !contains("stopped") && !contains("not healthy"));

  auto reply = suite.client().request("GET", "/api/movies", "", {{"X-Request-Id", "seen.in.log"}});
  CHECK(reply.json() == json::array());
  CHECK(eventually(
      [&] { return said(suite, "logs", {"gateway"}).find("seen.in.log") != std::string::npos; }));
  CHECK_THAT(said(suite, "logs", {"-n", "5"}), contains("movie-service"));
  CHECK(std::count(status.begin(), status.end(), '\n') >= 6);

  Person person = new_person(suite);
  CHECK(said(suite, "psql", {"auth", "-Atc", "select count(*) from users"}) == "1\n");
  CHECK(said(suite, "psql", {"movie", "-Atc", "select count(*) from movies"}) == "0\n");
  // One service's role sees nothing of another's.
  CHECK_THAT(said(suite, "psql", {"movie", "-Atc", "select count(*) from auth.users"}, 1),
             contains("permission denied"));
  CHECK_THAT(said(suite, "logs", {"nothing"}, 2), contains("nothing"));
  CHECK_THAT(said(suite, "up", {"--no-build", "--no-install", "--no-sample"}),
             contains(suite.url()));

  // What was typed as a password is in no log.
  suite.client().post("/api/auth/login", {{"email", person.email}, {"password", "tell-no-log"}});
  for (const auto& entry : std::filesystem::directory_iterator(suite.data() + "/log")) {
    std::string found;
    CHECK(marquee::testing::run({"grep", "-c", "-e", "tell-no-log", "-e", person.password, "-e",
                                 person.token, entry.path()},
                                &found) == 1);
    CHECK(found == "0\n");
  }
}

TEST_CASE("A restart changes nothing that anybody notices") {
  if (without_control()) return;
  const Suite& suite = bare_suite();
  Person person = new_person(suite);
  auto who = [&] {
    auto client = suite.client();
    client.bearer(person.token);
    return client.get("/api/auth/protected");
  };
  auto before = suite.pids();
  for (const auto* service :
       {"auth", "movie", "notification", "rooms", "gateway", "nats", "postgres"}) {
    CAPTURE(service);
    said(suite, "restart", {service});
    CHECK(eventually([&] { return who().status == 200; }));
    CHECK(eventually([&] { return suite.command("status") == 0; }));
  }
  auto after = suite.pids();
  REQUIRE(after.size() == before.size());
  for (const auto& [name, pid] : after) CHECK(pid != before[name]);
  CHECK(suite.client().get("/api/movies/status").json()["status"] == "OK");
}

TEST_CASE("After kill -9 of everything, up brings all of it back") {
  if (without_control()) return;
  const Suite& suite = bare_suite();
  Person person = new_person(suite);
  for (const auto& [name, pid] : suite.pids()) {
    CAPTURE(name);
    CHECK(kill(pid, SIGKILL) == 0);
  }
  CHECK(eventually([&] { return suite.client().get("/health").status == 0; }));
  CHECK_THAT(said(suite, "status", {}, 1), contains("stopped"));
  std::string output;
  REQUIRE(suite.up(&output) == 0);
  CHECK(suite.command("status") == 0);
  // The session survived, as did the account.
  auto client = suite.client();
  client.bearer(person.token);
  CHECK(client.get("/api/auth/protected").json()["logged_in_as"] == person.id);
  CHECK_NOTHROW(sign_in(person, suite.client()));
}

TEST_CASE("A database that is away is said to be so, and nothing more") {
  if (without_control()) return;
  const Suite& suite = bare_suite();
  const pid_t postgres = suite.pids()["postgres"];
  REQUIRE(postgres > 0);
  REQUIRE(kill(postgres, SIGINT) == 0);
  for (const auto* path : {"/api/auth/status", "/api/movies/status"}) {
    CAPTURE(path);
    HttpReply reply;
    CHECK(eventually([&] {
      reply = suite.client().get(path);
      return reply.status == 500;
    }));
    CHECK(reply.json()["status"] == "ERROR");
    CHECK(reply.json()["database"] == "Not connected");
    CHECK(reply.json()["error"].is_string());
    CHECK(reply.body.find("PGSQL") == std::string::npos);
    CHECK(reply.body.find("libpq") == std::string::npos);
    CHECK(reply.body.find(suite.data()) == std::string::npos);
  }
  auto reply = suite.client().get("/api/movies");
  CHECK(error_faults(reply, 503) == "");
  CHECK(suite.client().get("/health").status == 200);
  REQUIRE(suite.up() == 0);
  CHECK(eventually([&] { return suite.client().get("/api/movies").status == 200; }));
  CHECK(suite.client().get("/api/auth/status").status == 200);
}

TEST_CASE("Events that could not be handled are listed, shown and put back") {
  Suite& suite = bare_suite();
  const std::string id = "6f1c1f0e-3c8b-4b61-9d57-0a9a4be0a001";
  CHECK_THAT(said(suite, "events", {"--help"}), contains("retry ID"));
  CHECK_THAT(said(suite, "events", {}), contains("No dead letters."));
  // As the movie service would have left it: user.deleted of 12345.
  said(suite, "psql",
       {"movie", "-c",
        "INSERT INTO dead_letters (consumer, event_id, type, subject, envelope, deliveries, error,"
        " occurred_at) VALUES ('movie-deletions', '" +
            id + "', 'user.deleted', 12345, decode('0a24', 'hex') || convert_to('" + id +
            "', 'UTF8') || decode('120c', 'hex') || convert_to('user.deleted', 'UTF8') ||"
            " decode('18b960', 'hex'), 10, 'it rained', now())"});
  const auto list = said(suite, "events", {});
  CHECK_THAT(list, contains("auth "));
  CHECK_THAT(list, contains(id + "  movie-deletions        user.deleted 12345"));
  CHECK_THAT(list, contains("it rained"));
  CHECK_THAT(said(suite, "events", {"show", id}), contains("12345"));
  CHECK_THAT(said(suite, "events", {"retry", "6f1c1f0e"}, 2), contains("no event's id"));
  CHECK_THAT(said(suite, "events", {"retry", "6f1c1f0e-3c8b-4b61-9d57-0a9a4be0a002"}, 1),
             contains("no dead letter"));
  CHECK_THAT(said(suite, "events", {"retry", id}), contains("movie-deletions tries it again"));
  CHECK(eventually([&] {
    std::string output;
    return suite.command("events", {}, &output) == 0 &&
           output.find("No dead letters.") != std::string::npos;
  }));
}

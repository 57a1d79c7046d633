// One request through all services: its trace, its lines in their logs, and what status says of
// them.
#include <fstream>
#include <sstream>

#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/people.h"

using namespace marquee::e2e;
using marquee::testing::contains;
using marquee::testing::eventually;

namespace {

const std::string kTrace = "0af7651916cd43dd8448eb211c80319c";

struct Line {
  std::string process;
  json content;
};

// What `logs --request` prints.
std::vector<Line> lines_of(const std::string& output) {
  std::vector<Line> lines;
  std::istringstream stream(output);
  for (std::string line; std::getline(stream, line);) {
    const auto brace = line.find('{');
    if (brace == std::string::npos) continue;
    lines.push_back({line.substr(0, line.find(' ')), json::parse(line.substr(brace))});
  }
  return lines;
}

const json* line_of(const std::vector<Line>& lines, const std::string& process) {
  for (const auto& line : lines) {
    if (line.process.rfind(process, 0) == 0) return &line.content;
  }
  return nullptr;
}

std::vector<Line> followed(const std::string& id, std::size_t at_least) {
  std::vector<Line> lines;
  eventually([&] {
    std::string output;
    Suite::shared().command("logs", {"--request", id}, &output);
    lines = lines_of(output);
    return lines.size() >= at_least;
  });
  return lines;
}

}  // namespace

TEST_CASE("One request is followed through gateway, movie and auth") {
  if (without_control()) return;
  Person person = new_person();
  const auto film = add_film(person);
  const std::string written = unique_name("written");
  REQUIRE(client_of(person)
              .request("POST", "/api/reviews",
                       json{{"movie_id", film}, {"rating", 4}, {"comment", "Good."}}.dump(),
                       {{"X-Request-Id", written}})
              .status == 201);
  // Whoever wrote is asked for by name, so that one request goes through all three.
  const std::string id = unique_name("followed");
  auto reply = anybody().request(
      "GET", movie_path(film, "/reviews"), "",
      {{"X-Request-Id", id}, {"traceparent", "00-" + kTrace + "-b7ad6b7169203331-01"}});
  REQUIRE(reply.status == 200);
  auto lines = followed(id, 3);
  const json* gateway = line_of(lines, "gateway");
  const json* movie = line_of(lines, "movie-service");
  const json* auth = line_of(lines, "auth-service");
  REQUIRE(gateway != nullptr);
  REQUIRE(movie != nullptr);
  REQUIRE(auth != nullptr);
  for (const json* line : {gateway, movie, auth}) {
    CAPTURE(line->dump());
    CHECK((*line)["trace_id"] == kTrace);
    CHECK((*line)["request_id"] == id);
    CHECK((*line)["level"] == "info");
  }
  CHECK((*gateway)["parent_id"] == "b7ad6b7169203331");
  CHECK((*movie)["parent_id"] == (*gateway)["span_id"]);
  CHECK((*auth)["parent_id"] == (*movie)["span_id"]);

  CHECK((*gateway)["method"] == "GET");
  CHECK((*gateway)["route"] == "/api/movies/{movie_id}/reviews");
  CHECK((*gateway)["status"] == 200);
  CHECK((*gateway)["upstream"] == "movie");
  CHECK((*gateway)["cache"] == "miss");
  CHECK((*gateway)["bytes"] == reply.body.size());
  CHECK((*gateway)["upstream_us"].get<int>() > 0);
  CHECK((*gateway)["upstream_us"].get<int>() <= (*gateway)["duration_us"].get<int>());
  CHECK((*movie)["rpc"] == "marquee.movie.v1.Reviews/ListMovieReviews");
  CHECK((*movie)["code"] == "ok");
  CHECK((*auth)["rpc"] == "marquee.auth.v1.Directory/GetUsers");
  auto of_writing = followed(written, 2);
  for (const auto* process : {"gateway", "movie-service"}) {
    const json* line = line_of(of_writing, process);
    REQUIRE(line != nullptr);
    CHECK((*line)["user"] == person.id);
  }
  for (std::size_t i = 1; i < lines.size(); ++i) {
    CHECK(lines[i - 1].content["time"].get<std::string>() <=
          lines[i].content["time"].get<std::string>());
  }
  // The same by the trace's own id.
  CHECK(followed(kTrace, lines.size()).size() >= lines.size());
}

TEST_CASE("Whoever names no trace gets one, and nonsense is replaced") {
  if (without_control()) return;
  for (const std::string sent : {"", "x", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                                 "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}) {
    CAPTURE(sent);
    const std::string id = unique_name("untraced");
    std::map<std::string, std::string> headers = {{"X-Request-Id", id}};
    if (!sent.empty()) headers["traceparent"] = sent;
    anybody().request("GET", movie_path(kNobody), "", headers);
    auto lines = followed(id, 2);
    const json* gateway = line_of(lines, "gateway");
    const json* movie = line_of(lines, "movie-service");
    REQUIRE(gateway != nullptr);
    REQUIRE(movie != nullptr);
    CHECK((*gateway)["trace_id"].get<std::string>().size() == 32);
    CHECK((*gateway)["trace_id"] != kTrace);
    CHECK_FALSE(gateway->contains("parent_id"));
    CHECK((*movie)["trace_id"] == (*gateway)["trace_id"]);
    CHECK((*movie)["parent_id"] == (*gateway)["span_id"]);
    CHECK((*movie)["code"] == "not_found");
    CHECK((*gateway)["status"] == 404);
  }
}

TEST_CASE("A request is found in logs that were put aside, and nowhere else") {
  if (without_control()) return;
  const Suite& suite = Suite::shared();
  const std::string id = unique_name("old");
  std::ofstream(suite.data() + "/log/gateway.log.1")
      << R"({"time":"2020-01-01T00:00:00.000Z","level":"info","message":"request","request_id":")"
      << id << "\"}\n";
  auto lines = followed(id, 1);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].process == "gateway");
  std::string output;
  CHECK(suite.command("logs", {"--request", unique_name("never")}, &output) == 1);
  CHECK(suite.command("logs", {"--request", "a b"}, &output) == 2);
  CHECK(suite.command("logs", {"--request", id, "gateway"}, &output) == 2);
}

TEST_CASE("Status tells versions, migrations and replicas") {
  if (without_control()) return;
  const Suite& suite = Suite::shared();
  std::string output;
  REQUIRE(suite.command("status", {"--json"}, &output) == 0);
  json status = json::parse(output);
  CHECK(status["healthy"] == true);
  CHECK(status["url"] == suite.url());
  auto ports = suite.ports();
  std::map<std::string, json> processes;
  for (const auto& process : status["processes"]) processes[process["name"]] = process;
  CHECK(processes.size() == 10);
  for (const auto* name :
       {"auth-service", "movie-service-1", "movie-service-2", "notification-service-1",
        "notification-service-2", "room-sync-service-1", "room-sync-service-2", "gateway"}) {
    CAPTURE(name, processes[name].dump());
    const json& process = processes[name];
    CHECK(process["state"] == "running");
    CHECK(process["health"] == "ok");
    CHECK(process["pid"] == suite.pids()[name]);
    CHECK(process["address"] == "127.0.0.1:" + std::to_string(ports[name]));
    CHECK(process["uptime_seconds"].get<int>() >= 0);
    CHECK_FALSE(process["version"].get<std::string>().empty());
    CHECK_FALSE(process["commit"].get<std::string>().empty());
    if (process["service"] == "gateway") {
      CHECK(process["migrations_known"].is_null());
    } else {
      CHECK(process["migrations_known"].get<int>() >= 1);
      CHECK(process["migrations_applied"] == process["migrations_known"]);
    }
  }
  CHECK(processes["postgres"]["version"].is_null());
  std::map<std::string, json> services;
  for (const auto& service : status["services"]) services[service["name"]] = service;
  CHECK(services["movie"]["replicas"] == 2);
  CHECK(services["movie"]["ready"] == 2);
  CHECK(services["auth"]["ready"] == 1);

  REQUIRE(suite.command("status", {}, &output) == 0);
  CHECK_THAT(output, contains("2 of 2 ready"));
  CHECK_THAT(output, contains(processes["gateway"]["commit"].get<std::string>()));
  CHECK_THAT(output, contains("127.0.0.1:" + std::to_string(ports["movie-service-2"])));
  CHECK_THAT(output, contains(processes["auth-service"]["migrations_known"].dump() + " of " +
                              processes["auth-service"]["migrations_known"].dump()));
}

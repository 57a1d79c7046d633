// What operators measure: every process's numbers are there, move with the calls made, and are what
// the dashboard and the alert rules ask for.
#include <fstream>
#include <regex>
#include <sstream>

#include "libs/testing/paths.h"
#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/people.h"
#include "tests/e2e/scrape.h"

using namespace marquee::e2e;
using marquee::testing::eventually;

namespace {

const std::vector<std::string> kOfEveryProcess = {"marquee_build_info",
                                                  "marquee_ready",
                                                  "marquee_process_start_time_seconds",
                                                  "marquee_process_resident_memory_bytes",
                                                  "marquee_process_cpu_seconds_total",
                                                  "marquee_process_open_fds",
                                                  "marquee_bus_connected",
                                                  "marquee_bus_reconnects_total",
                                                  "marquee_bus_messages_sent_total",
                                                  "marquee_bus_messages_lost_total"};
const std::vector<std::string> kOfServices = {"marquee_rpc_requests_total",
                                              "marquee_rpc_duration_seconds_bucket",
                                              "marquee_lane_threads",
                                              "marquee_lane_queued",
                                              "marquee_lane_queue_limit",
                                              "marquee_lane_running",
                                              "marquee_lane_refused_total",
                                              "marquee_lane_held_up_total",
                                              "marquee_lane_wait_seconds_bucket",
                                              "marquee_call_streams",
                                              "marquee_call_log_dropped_total",
                                              "marquee_db_pool_size_limit",
                                              "marquee_db_pool_connections",
                                              "marquee_db_pool_waiting",
                                              "marquee_db_pool_acquired_total",
                                              "marquee_db_pool_gave_up_total",
                                              "marquee_db_pool_wait_seconds_bucket",
                                              "marquee_migrations_known"};
const std::vector<std::string> kOfGroupCommit = {
    "marquee_db_group_waiting",       "marquee_db_groups_running",
    "marquee_db_groups_total",        "marquee_db_group_writes_total",
    "marquee_db_group_gave_up_total", "marquee_db_group_wait_seconds_bucket"};
const std::vector<std::string> kOfCaches = {
    "marquee_cache_hits_total",      "marquee_cache_misses_total",
    "marquee_cache_evictions_total", "marquee_cache_invalidations_total",
    "marquee_cache_entries",         "marquee_cache_bytes",
    "marquee_cache_bytes_limit"};
const std::vector<std::string> kOfGateways = {"marquee_http_requests_total",
                                              "marquee_http_request_duration_seconds_bucket",
                                              "marquee_http_connections",
                                              "marquee_http_connections_limit",
                                              "marquee_http_requests_in_flight",
                                              "marquee_edge_cache_requests_total",
                                              "marquee_rate_limited_total",
                                              "marquee_upstream_calls_in_flight",
                                              "marquee_upstream_calls_total",
                                              "marquee_upstream_call_duration_seconds_bucket",
                                              "marquee_upstream_streams",
                                              "marquee_upstream_retries_total",
                                              "marquee_upstream_ejections_total",
                                              "marquee_upstream_reconnects_total",
                                              "marquee_access_log_dropped_total",
                                              "marquee_bus_messages_received_total",
                                              "marquee_bus_message_age_seconds_bucket"};

std::string missing(const Scrape& scrape, const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    if (!scrape.has(name)) text += " " + name;
  }
  return text;
}

std::set<std::string> names_in(const std::string& file) {
  std::ifstream stream(marquee::testing::source_dir() + "/deploy/observability/" + file);
  std::stringstream text;
  text << stream.rdbuf();
  const std::string content = text.str();
  static const std::regex kName("marquee_[a-z0-9_]+");
  std::set<std::string> names;
  for (std::sregex_iterator it(content.begin(), content.end(), kName), end; it != end; ++it) {
    names.insert(it->str());
  }
  return names;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

TEST_CASE("Every process shows what is to be shown of it, under names as they should be") {
  if (without_control()) return;
  anybody().get("/api/movies/status");
  anybody().get("/api/auth/status");
  for (const auto& [process, scrape] : scrape_all(Suite::shared())) {
    CAPTURE(process);
    CHECK(missing(scrape, kOfEveryProcess) == "");
    if (process == "gateway") {
      CHECK(missing(scrape, kOfGateways) == "");
      CHECK(scrape.sum("marquee_build_info", {R"(service="gateway")"}) == 1);
    } else {
      CHECK(missing(scrape, kOfServices) == "");
      CHECK(scrape.sum("marquee_migrations_known") >= 1);
    }
    if (process == "auth-service") {
      CHECK(missing(scrape, {"marquee_argon2_running", "marquee_argon2_duration_seconds_bucket"}) ==
            "");
      CHECK(scrape.sum("marquee_lane_threads", {R"(lane="password")"}) == 1);
    } else {
      CHECK(missing(scrape, kOfCaches) == "");
    }
    if (process.rfind("movie-service", 0) == 0) CHECK(missing(scrape, kOfGroupCommit) == "");
    CHECK(scrape.sum("marquee_ready") == 1);
    CHECK(scrape.sum("marquee_bus_connected") == 1);
    CHECK(scrape.sum("marquee_process_resident_memory_bytes") > 1e6);
    CHECK(scrape.sum("marquee_process_open_fds") > 3);
    for (const auto& [name, type] : scrape.types()) {
      CAPTURE(name, type);
      CHECK(name.rfind("marquee_", 0) == 0);
      CHECK(scrape.with_help().count(name) == 1);
      CHECK((type == "counter") == ends_with(name, "_total"));
      if (type == "histogram") CHECK(ends_with(name, "_seconds"));
    }
  }
}

TEST_CASE("Counts move by exactly the calls made") {
  if (without_control()) return;
  const Suite& suite = Suite::shared();
  Person person = new_person();
  auto before = scrape_all(suite);
  for (int i = 0; i < 3; ++i) {
    auto reply = anybody().post("/api/auth/login", {{"email", person.email}, {"password", "no"}});
    REQUIRE(reply.status == 401);
  }
  sign_in(person);
  auto after = scrape_all(suite);
  auto moved = [&](const std::string& name, const std::vector<std::string>& labels) {
    return sum_of(after, name, labels) - sum_of(before, name, labels);
  };
  const std::string route = R"(route="/api/auth/login")";
  const std::string rpc = R"(rpc="marquee.auth.v1.Sessions/Login")";
  const std::string upstream = R"(upstream="auth")";
  CHECK(moved("marquee_http_requests_total", {route, R"(status="4xx")"}) == 3);
  CHECK(moved("marquee_http_requests_total", {route, R"(status="2xx")"}) == 1);
  CHECK(moved("marquee_http_requests_total", {route}) == 4);
  CHECK(moved("marquee_http_request_duration_seconds_count", {route}) == 4);
  CHECK(moved("marquee_http_request_duration_seconds_sum", {route}) > 0);
  CHECK(moved("marquee_rpc_requests_total", {rpc, R"(code="unauthenticated")"}) == 3);
  CHECK(moved("marquee_rpc_requests_total", {rpc, R"(code="ok")"}) == 1);
  CHECK(moved("marquee_rpc_requests_total", {rpc}) == 4);
  CHECK(moved("marquee_rpc_duration_seconds_count", {rpc}) == 4);
  CHECK(moved("marquee_upstream_calls_total", {upstream, R"(code="unauthenticated")"}) == 3);
  CHECK(moved("marquee_upstream_call_duration_seconds_count", {upstream}) >= 4);
  CHECK(moved("marquee_argon2_duration_seconds_count", {}) == 4);
  CHECK(moved("marquee_lane_wait_seconds_count", {R"(lane="password")"}) == 4);
  CHECK(moved("marquee_lane_refused_total", {}) == 0);
  CHECK(moved("marquee_db_pool_acquired_total", {}) >= 4);
  for (const auto* name : {"marquee_argon2_running", "marquee_upstream_calls_in_flight",
                           "marquee_db_pool_waiting", "marquee_lane_queued"}) {
    CAPTURE(name);
    CHECK(eventually([&] { return sum_of(scrape_all(suite), name) == 0; }));
  }
}

TEST_CASE("Writes that share transactions are counted by kind") {
  if (without_control()) return;
  const Suite& suite = Suite::shared();
  Person person = new_person();
  const auto id = add_film(person);
  auto before = scrape_all(suite);
  REQUIRE(client_of(person).post(detail_path(id, "/rate/"), {{"rating", 4}}).status < 300);
  auto after = scrape_all(suite);
  auto moved = [&](const std::string& name, const std::string& kind) {
    const std::vector<std::string> labels = {"kind=\"" + kind + "\""};
    return sum_of(after, name, labels) - sum_of(before, name, labels);
  };
  CHECK(moved("marquee_db_group_writes_total", "rating") == 1);
  CHECK(moved("marquee_db_groups_total", "rating") == 1);
  CHECK(moved("marquee_db_group_wait_seconds_count", "rating") == 1);
  CHECK(moved("marquee_db_group_writes_total", "review") == 0);
  CHECK(sum_of(after, "marquee_db_group_waiting") == 0);
}

TEST_CASE("A change is seen on its way: cache, service, bus and all who hear of it") {
  if (without_control()) return;
  const Suite& suite = Suite::shared();
  Person person = new_person();
  const auto id = add_film(person);
  const std::string path = movie_path(id);
  // Until other films' changes have settled, nothing is kept for long.
  REQUIRE(eventually([&] {
    const double hits =
        scrape(suite, "gateway").sum("marquee_edge_cache_requests_total", {R"(outcome="hit")"});
    anybody().get(path);
    anybody().get(path);
    return scrape(suite, "gateway").sum("marquee_edge_cache_requests_total", {R"(outcome="hit")"}) >
           hits;
  }));
  auto before = scrape_all(suite);
  REQUIRE(client_of(person).post(detail_path(id, "/rate/"), {{"rating", 4}}).status < 300);
  const std::vector<std::string> invalidations = {R"(subject="cache.invalidate")"};
  std::map<std::string, Scrape> after;
  auto moved = [&](const std::string& name, const std::vector<std::string>& labels) {
    return sum_of(after, name, labels) - sum_of(before, name, labels);
  };
  // Three who did not say it themselves: the other replica, the gateway; auth listens to less.
  CHECK(eventually([&] {
    after = scrape_all(suite);
    return moved("marquee_bus_messages_received_total", invalidations) >= 2;
  }));
  CHECK(moved("marquee_bus_messages_sent_total", {}) >= 1);
  CHECK(moved("marquee_bus_message_age_seconds_count", invalidations) ==
        moved("marquee_bus_messages_received_total", invalidations));
  CHECK(moved("marquee_bus_messages_lost_total", {}) == 0);
  anybody().get(path);
  after = scrape_all(suite);
  CHECK(moved("marquee_cache_misses_total", {R"(cache="edge")"}) >= 1);
  CHECK(moved("marquee_edge_cache_requests_total", {R"(outcome="miss")"}) >= 1);
  CHECK(moved("marquee_cache_invalidations_total", {R"(cache="edge")"}) >= 1);
  CHECK(sum_of(after, "marquee_cache_bytes", {R"(cache="edge")"}) > 0);
}

TEST_CASE("Nothing that callers make up becomes a series") {
  if (without_control()) return;
  const Suite& suite = Suite::shared();
  auto client = anybody();
  auto strange = [&](int number) {
    const std::string name = "invented" + std::to_string(number);
    client.get("/" + name);
    client.get("/api/movies/" + std::to_string(900'000 + number));
    client.get("/api/movies/search?title=" + name + "&" + name + "=1");
    client.request("INVENT" + std::string(1, static_cast<char>('A' + number)), "/api/movies");
    client.request("GET", "/api/movies", "", {{"X-Request-Id", name}, {"Authorization", name}});
  };
  // The codes that these calls end with are series once they were seen.
  for (int i = 0; i < 2; ++i) strange(i);
  std::map<std::string, std::size_t> before;
  for (const auto& [process, scrape] : scrape_all(suite)) before[process] = scrape.series();
  for (int i = 2; i < 20; ++i) strange(i);
  for (const auto& [process, scrape] : scrape_all(suite)) {
    CAPTURE(process);
    // The replica that saw none of the first may see one of a code that the other saw.
    CHECK(scrape.series() <= before[process] + 4);
    CHECK(scrape.series() < 6'000);
  }
}

TEST_CASE("Dashboard and alert rules ask for what there is") {
  if (without_control()) return;
  auto scrapes = scrape_all(Suite::shared());
  auto exists = [&](const std::string& name) {
    return std::any_of(scrapes.begin(), scrapes.end(),
                       [&](const auto& entry) { return entry.second.has(name); });
  };
  for (const auto* file : {"grafana-dashboard.json", "alerts.yml"}) {
    auto names = names_in(file);
    CAPTURE(file);
    CHECK(names.size() > 10);
    for (const auto& name : names) {
      CAPTURE(name);
      const bool of_tls = name == "marquee_tls_certificate_expiry_seconds";  // only there with TLS
      CHECK((exists(name) || of_tls));
    }
  }
  // And nothing is counted that nobody looks at.
  auto shown = names_in("grafana-dashboard.json");
  for (const auto& [process, scrape] : scrapes) {
    for (const auto& [name, type] : scrape.types()) {
      CAPTURE(process, name);
      const bool is_shown = shown.count(name) + shown.count(name + "_bucket") > 0;
      CHECK((is_shown || name == "marquee_migrations_known"));
    }
  }
}

// TLS and mTLS between gateway and services by configuration alone, and the health check that
// containers run with them.
#include "libs/testing/certificates.h"
#include "libs/testing/paths.h"
#include "tests/catch.h"
#include "tests/e2e/people.h"
#include "tests/e2e/side.h"

using namespace marquee::e2e;
using marquee::testing::Certificates;
using marquee::testing::eventually;

namespace {

// Who signs for services is not who signs for their clients.
struct Authorities {
  Authorities() {
    services.sign("auth", "DNS:auth-service,IP:127.0.0.1");
    services.sign("movie", "DNS:movie-service,IP:127.0.0.1");
    clients.sign("gateway", "DNS:gateway");
    clients.sign("health", "DNS:health");
  }
  Certificates services;
  Certificates clients;
};

// The auth service admits everybody by TLS, the movie service the clients' authority's by mTLS.
Settings secured(const Authorities& by) {
  return {
      {"MARQUEE_AUTH_PASSWORD_MEMORY_KIB", "1024"},
      {"MARQUEE_AUTH_PASSWORD_PASSES", "1"},
      {"MARQUEE_AUTH_TLS_CERTIFICATE", by.services.certificate("auth")},
      {"MARQUEE_AUTH_TLS_KEY", by.services.key("auth")},
      {"MARQUEE_MOVIE_TLS_CERTIFICATE", by.services.certificate("movie")},
      {"MARQUEE_MOVIE_TLS_KEY", by.services.key("movie")},
      {"MARQUEE_MOVIE_TLS_CA", by.clients.authority()},
      {"MARQUEE_MOVIE_HEALTH_TLS_CERTIFICATE", by.clients.certificate("health")},
      {"MARQUEE_MOVIE_HEALTH_TLS_KEY", by.clients.key("health")},
      {"MARQUEE_MOVIE_AUTH_TLS_CA", by.services.authority()},
      {"MARQUEE_GATEWAY_UPSTREAM_TLS_CA", by.services.authority()},
      {"MARQUEE_GATEWAY_UPSTREAM_TLS_CERTIFICATE", by.clients.certificate("gateway")},
      {"MARQUEE_GATEWAY_UPSTREAM_TLS_KEY", by.clients.key("gateway")},
  };
}

Settings shows(const Certificates& trusted, const Certificates& own, const std::string& name) {
  return {{"UPSTREAM_TLS_CA", trusted.authority()},
          {"UPSTREAM_TLS_CERTIFICATE", own.certificate(name)},
          {"UPSTREAM_TLS_KEY", own.key(name)}};
}

// What a gateway with these settings gets answers from: "auth movie", "auth", "movie" or "". It may
// take a moment to connect.
std::string reached(const Suite& suite, const Settings& settings, const std::string& expected) {
  SideGateway gateway(suite, settings, nullptr, "/healthz");
  auto client = gateway.client();
  std::string seen;
  eventually([&] {
    const bool auth = client.get("/api/auth/status").status == 200;
    const bool movie = client.get("/api/movies").status == 200;
    seen = std::string(auth ? "auth" : "") + (auth && movie ? " " : "") + (movie ? "movie" : "");
    return seen == expected;
  });
  for (const auto* path : {"/api/auth/status", "/api/movies"}) {
    int status = 0;
    eventually([&] { return (status = client.get(path).status) != 0; });
    CAPTURE(path, status);
    CHECK((status == 200 || status == 503));
  }
  return seen;
}

}  // namespace

TEST_CASE("With TLS on, calls pass for who has the right files, and for nobody else") {
  if (without_control()) return;
  Authorities by;
  // `up` itself waits for each service's `health`.
  Suite suite({"--no-sample"}, secured(by));
  Person person = new_person(suite);
  auto client = suite.client();
  client.bearer(person.token);
  auto made = client.post("/api/movies", {{"title", "Secrets & Lies"}});
  CHECK(made.status == 201);
  // The movie service asks the auth service for the reviewer's name.
  const std::string reviews = "/api/movies/" + made.json()["id"].dump() + "/reviews";
  CHECK(client.post(reviews, {{"rating", 4}, {"comment", "Sealed."}}).status == 201);
  CHECK(client.get(reviews).body.find(person.username) != std::string::npos);
  CHECK(suite.command("status") == 0);

  auto check = [&](const std::string& who, const std::string& expected, const Settings& settings) {
    CAPTURE(who);
    CHECK(reached(suite, settings, expected) == expected);
  };
  check("known", "auth movie", shows(by.services, by.clients, "gateway"));
  check("without a certificate", "auth", {{"UPSTREAM_TLS_CA", by.services.authority()}});
  check("another authority's certificate", "auth", shows(by.services, by.services, "auth"));
  check("in plain text", "", {});
  check("trusts another authority", "", shows(by.clients, by.clients, "gateway"));
  Settings by_name = shows(by.services, by.clients, "gateway");
  by_name["UPSTREAMS"] = upstream(suite, "auth", "localhost") + "," + upstream(suite, "movie");
  check("by a name that the certificate does not have", "movie", by_name);
}

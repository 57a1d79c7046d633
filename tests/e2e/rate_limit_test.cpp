#include "tests/catch.h"
#include "tests/e2e/films.h"
#include "tests/e2e/people.h"
#include "tests/e2e/side.h"

using namespace marquee::e2e;

namespace {

int number(const HttpReply& reply, const std::string& header) {
  const std::string value = reply.header(header);
  return value.empty() ? -1 : std::atoi(value.c_str());
}

// Whether the answer says how many calls are left, out of `limit`.
std::string budget_faults(const HttpReply& reply, int limit, int left) {
  if (number(reply, "ratelimit-limit") != limit) return "limit " + reply.header("ratelimit-limit");
  if (number(reply, "ratelimit-remaining") != left) {
    return "remaining " + reply.header("ratelimit-remaining");
  }
  const int reset = number(reply, "ratelimit-reset");
  return reset < 0 || reset > 3600 ? "reset " + reply.header("ratelimit-reset") : "";
}

std::string refusal_faults(const HttpReply& reply, int limit) {
  if (auto faults = error_faults(reply, 429); !faults.empty()) return faults;
  const int wait = number(reply, "retry-after");
  if (wait < 1 || wait > 3600) return "Retry-After " + reply.header("retry-after");
  if (reply.json().value("retryAfter", 0) != wait) return "another retryAfter";
  return budget_faults(reply, limit, 0);
}

HttpClient from(const SideGateway& gateway, const std::string& address) {
  auto client = gateway.client();
  client.set_header("X-Forwarded-For", address);
  return client;
}

// Whose periods are so long that none ends during the test.
Settings tight(const std::string& rates) {
  return {{"RATES", rates}, {"TRUSTED_PROXIES", "127.0.0.1"}};
}

const json kWrongPair = {{"email", "nobody"}, {"password", "x"}};

}  // namespace

TEST_CASE("Each class has its own budget, and says what is left of it") {
  if (without_control()) return;
  SideGateway gateway(Suite::shared(), tight("auth=3/1h,read=4/1h,search=2/1h,refresh=1/1h"));
  auto client = from(gateway, "192.0.2.1");
  struct Class {
    int limit;
    std::string method, path, body;
    int status;
  };
  for (const auto& [limit, method, path, body, status] :
       std::vector<Class>{{3, "POST", "/api/auth/login", kWrongPair.dump(), 401},
                          {4, "GET", "/api/movies/popular", "", 200},
                          {2, "GET", "/api/movies/search?title=x", "", 200},
                          {1, "POST", "/api/token/refresh/", R"({"refresh":"x"})", 401}}) {
    CAPTURE(path);
    for (int left = limit - 1; left >= 0; --left) {
      auto reply = client.request(method, path, body);
      CHECK(reply.status == status);
      CHECK(budget_faults(reply, limit, left) == "");
    }
    CHECK(refusal_faults(client.request(method, path, body), limit) == "");
    CHECK(refusal_faults(client.request(method, path, body), limit) == "");
    CHECK(from(gateway, "192.0.2.2").request(method, path, body).status == status);
  }
  // All that signs in or up shares one budget, and a refused call reaches no service.
  CHECK(refusal_faults(client.post("/api/auth/register", registration_of(stranger())), 3) == "");
  CHECK(refusal_faults(client.post("/api/user/signup/", sign_up_of(stranger())), 3) == "");
  // What asks no service costs nothing.
  for (const auto* path : {"/health", "/", "/healthz"}) CHECK(client.get(path).status == 200);
  CHECK(client.request("OPTIONS", "/api/auth/login").status == 204);
  CHECK(error_faults(client.get("/nothing"), 404) == "");
}

TEST_CASE("Browsers may read why, from known origins") {
  if (without_control()) return;
  SideGateway gateway(Suite::shared(), tight("auth=1/1h"));
  auto client = gateway.client();
  client.set_header("Origin", "http://localhost:3000");
  client.post("/api/auth/login", kWrongPair);
  auto reply = client.post("/api/auth/login", kWrongPair);
  CHECK(refusal_faults(reply, 1) == "");
  CHECK(reply.header("access-control-allow-origin") == "http://localhost:3000");
}

TEST_CASE("A user has one budget from all addresses, an IPv6 network one for all of its own") {
  if (without_control()) return;
  SideGateway gateway(Suite::shared(), tight("read=3/1h,auth=2/1h"));
  Person person = new_person();
  const std::string path = "/api/auth/protected";
  for (int i = 1; i <= 4; ++i) {
    auto client = from(gateway, "198.51.100." + std::to_string(i));
    client.bearer(person.token);
    auto reply = client.get(path);
    if (i <= 3) {
      CHECK(success_faults(reply, 200) == "");
      CHECK(budget_faults(reply, 3, 3 - i) == "");
    } else {
      CHECK(refusal_faults(reply, 3) == "");
    }
  }
  Person other = new_person();
  auto client = from(gateway, "198.51.100.1");
  client.bearer(other.token);
  CHECK(success_faults(client.get(path), 200) == "");

  auto login_from = [&](const std::string& address) {
    return from(gateway, address).post("/api/auth/login", kWrongPair);
  };
  CHECK(login_from("2001:db8:1:2::1").status == 401);
  CHECK(login_from("2001:db8:1:2:ffff::9").status == 401);
  CHECK(refusal_faults(login_from("2001:db8:1:2:3::4"), 2) == "");
  CHECK(login_from("2001:db8:1:3::1").status == 401);
}

TEST_CASE("Nobody gets a budget of his own by naming an address") {
  if (without_control()) return;
  SideGateway gateway(Suite::shared(), {{"RATES", "auth=2/1h"}});
  int refused = 0;
  for (int i = 0; i < 5; ++i) {
    auto client = from(gateway, "203.0.113." + std::to_string(i));
    if (client.post("/api/auth/login", kWrongPair).status == 429) ++refused;
  }
  CHECK(refused == 3);
}

TEST_CASE("Classes can be raised and switched off") {
  if (without_control()) return;
  SideGateway gateway(Suite::shared(), {{"RATES", "auth=200/1s,read=off"}});
  for (int i = 0; i < 70; ++i) {
    REQUIRE(gateway.client().post("/api/auth/login", kWrongPair).status == 401);
  }
  auto reply = gateway.client().get("/api/movies/popular");
  CHECK(reply.status == 200);
  CHECK(reply.header("ratelimit-limit").empty());
}

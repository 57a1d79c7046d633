// Tokens, sessions, cookies, and where a call comes from.
#include "libs/rpc/caller.h"
#include "libs/testing/process.h"
#include "marquee/api/bus.pb.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "marquee/auth/v1/sessions.pb.h"
#include "tests/catch.h"
#include "tests/unit/gateway/test_gateway.h"

namespace marquee::gateway {
namespace {

using nlohmann::json;
using Role = rpc::Caller::Role;

struct Signed : TestGateway {
  explicit Signed(const std::function<void(Config&)>& change = [](Config&) {})
      : TestGateway(change) {
    service().reply("marquee.auth.v1.Accounts/ListUsers", auth::v1::ListUsersReply());
    service().reply("marquee.auth.v1.Sessions/LogoutCookie", auth::v1::DetailReply());
    service().reply("marquee.auth.v1.Keys/RotateKey", auth::v1::RotateKeyReply());
    service().reply("marquee.auth.v1.AuthStatus/GetStatus", auth::v1::StatusReply());
  }

  testing::HttpReply get(const std::string& token) {
    auto http = client();
    http.bearer(token);
    return http.get("/api/users");
  }
};

void check_refused(const testing::HttpReply& reply, const std::string& text) {
  CHECK(reply.status == 401);
  CHECK(reply.header("www-authenticate") == "Bearer");
  CHECK(reply.json()["message"] == text);
  CHECK(reply.json()["msg"] == text);
  CHECK(reply.json()["detail"] == text);
}

TEST_CASE("who needs to be signed in is told so in one voice") {
  Signed t;
  check_refused(t.get(""), "Authentication credentials were not provided.");
  check_refused(t.get("nonsense"), "Given token not valid for any token type");
  check_refused(t.get(t.token(7, "s", Role::kUser, std::chrono::seconds(-5))), "Token has expired");
  CHECK(t.get("nonsense").json()["code"] == "token_not_valid");
  CHECK(t.get(t.token(7)).status == 200);
  auto http = t.client();
  http.set_header("Authorization", "Basic abc");
  check_refused(http.get("/api/users"), "Authentication credentials were not provided.");
}

TEST_CASE("a token of another's key is refused, one of a new key read at once") {
  Signed t;
  auto stranger = identity::generate_signing_key();
  check_refused(t.get(t.token(7, "s", Role::kUser, std::chrono::hours(1), &stranger)),
                "Given token not valid for any token type");
  auto rotated = identity::generate_signing_key();
  t.publish({t.key(), rotated});
  CHECK(t.get(t.token(7, "s", Role::kUser, std::chrono::hours(1), &rotated)).status == 200);
  CHECK(t.get(t.token(7)).status == 200);
}

TEST_CASE("admin routes are for admins") {
  Signed t;
  auto http = t.client();
  http.bearer(t.token(7));
  CHECK(http.post("/api/auth/keys/rotate", json::object()).status == 403);
  http.bearer(t.token(7, "s", Role::kAdmin));
  CHECK(http.post("/api/auth/keys/rotate", json::object()).status == 201);
  http.bearer("");
  CHECK(http.post("/api/auth/keys/rotate", json::object()).status == 401);
}

TEST_CASE("internal calls have no way in") {
  Signed t;
  auto http = t.client();
  http.bearer(t.token(7, "s", Role::kAdmin));
  CHECK(http.request("POST", "/marquee.auth.v1.Sessions/ListRevoked").status == 404);
}

TEST_CASE("a bad token does not matter where none is needed") {
  Signed t;
  auto http = t.client();
  http.bearer("nonsense");
  CHECK(http.get("/api/auth/status").status == 200);
  http.bearer("");
  http.set_header("Cookie", "access_token=stale");
  CHECK(http.get("/api/auth/status").status == 200);
}

TEST_CASE("sessions that were revoked before the start are refused") {
  TestGateway t;
  auth::v1::ListRevokedReply revoked;
  auto* session = revoked.add_sessions();
  session->set_id("ended");
  session->mutable_forget_at()->set_seconds(4'000'000'000);
  t.service().reply("marquee.auth.v1.Sessions/ListRevoked", revoked);
  t.service().reply("marquee.auth.v1.Accounts/ListUsers", auth::v1::ListUsersReply());
  // A second gateway, which reads the list at its start.
  Config config;
  config.listen = "127.0.0.1:0";
  config.ops_listen.clear();
  config.upstreams = {"auth=127.0.0.1:" + std::to_string(t.service().port())};
  config.nats_url.clear();
  config.access_log = false;
  TestGateway other([&](Config& changed) { changed = config; });
  auto http = other.client();
  http.bearer(t.token(7, "ended"));
  check_refused(http.get("/api/users"), "Given token not valid for any token type");
  http.bearer(t.token(7, "alive"));
  CHECK(http.get("/api/users").status == 200);
}

TEST_CASE("the cookie signs in, and unsafe calls with it must be our own pages'") {
  Signed t;
  auto http = t.client();
  http.set_header("Cookie", "other=1; access_token=" + t.token(7));
  CHECK(http.get("/api/users").status == 200);
  // Each in a session of its own, since the gateway remembers those that ended.
  int sessions = 0;
  auto logout = [&] {
    std::string token = t.token(7, "cookie-" + std::to_string(++sessions));
    http.set_header("Cookie", "other=1; access_token=" + token);
    return http.post("/api/user/logout/", json::object());
  };
  CHECK(logout().status == 200);
  CHECK(http.get("/api/users").status == 401);
  http.set_header("Origin", "http://evil.example");
  CHECK(logout().status == 403);
  CHECK(http.get("/api/users").status == 200);  // still signed in
  http.set_header("Origin", "null");
  CHECK(logout().status == 403);
  http.set_header("Origin", "http://localhost:3000");
  CHECK(logout().status == 200);
  http.set_header("Origin", t.url());
  CHECK(logout().status == 200);
  http.set_header("Origin", "http://evil.example");
  http.bearer(t.token(7));
  CHECK(logout().status == 200);
}

TEST_CASE("signing in sets the cookie and keeps the token out of the body") {
  Signed t;
  auth::v1::CookieSessionReply session;
  session.set_refresh("r");
  session.set_access_token("abc.def");
  t.service().reply("marquee.auth.v1.Sessions/ObtainToken", session);
  auto reply = t.client().post("/api/token/", {{"username", "a"}, {"password", "b"}});
  CHECK(reply.status == 200);
  CHECK(reply.json() == json({{"refresh", "r"}}));
  CHECK(reply.header("set-cookie") ==
        "access_token=abc.def; Path=/; HttpOnly; SameSite=Lax; Max-Age=36000");
  CHECK(reply.header("cache-control") == "no-store");
}

TEST_CASE("signing out clears the cookie, also when nobody was signed in") {
  Signed t;
  auto http = t.client();
  auto anonymous = http.post("/api/user/logout/", json::object());
  CHECK(anonymous.status == 401);
  CHECK(anonymous.header("set-cookie").find("access_token=; ") == 0);
  http.bearer(t.token(7));
  auto reply = http.post("/api/user/logout/", json::object());
  CHECK(reply.status == 200);
  CHECK(reply.header("set-cookie").find("Expires=Thu, 01 Jan 1970") != std::string::npos);
}

TEST_CASE("each user has a limit of his own beside the address's") {
  Signed t([](Config& config) { config.rates = {"read=3/1h"}; });
  CHECK(t.get(t.token(7)).header("ratelimit-remaining") == "2");
  CHECK(t.get(t.token(8)).header("ratelimit-remaining") == "1");
  CHECK(t.get(t.token(7)).header("ratelimit-remaining") == "0");
  CHECK(t.get(t.token(8)).status == 429);
}

TEST_CASE("tokens cannot be judged before the keys are here") {
  FakeService nobody;
  Config config;
  config.listen = "127.0.0.1:0";
  config.ops_listen.clear();
  config.upstreams = {"auth=127.0.0.1:" + std::to_string(nobody.port())};
  config.nats_url.clear();
  config.access_log = false;
  Signed signer;
  nobody.reply("marquee.auth.v1.AuthStatus/GetStatus", auth::v1::StatusReply());
  Gateway gateway(config, signer.descriptors());
  gateway.start();
  testing::HttpClient http("http://127.0.0.1:" + std::to_string(gateway.port()));
  CHECK(http.get("/readyz").status == 503);
  CHECK(http.get("/api/auth/status").status == 200);
  CHECK(http.get("/api/users").status == 401);
  http.bearer(signer.token(7));
  auto reply = http.get("/api/users");
  CHECK(reply.status == 503);
  CHECK_FALSE(reply.header("retry-after").empty());
}

}  // namespace
}  // namespace marquee::gateway

#include <thread>

#include "marquee/api/bus.pb.h"
#include "tests/catch.h"
#include "tests/integration/auth/auth_fixture.h"

using namespace marquee;
using namespace marquee::auth;
using namespace marquee::auth::testing;

TEST_CASE("Who registers signs in by e-mail and by username, in any case") {
  AuthFixture auth;
  auth.register_user("Ada");
  auto reply = auth.login("Ada");
  CHECK(reply.message() == "Login successful");
  CHECK(reply.user() == "Ada");
  CHECK(reply.expires_in() == 3600);
  identity::Claims claims;
  REQUIRE(auth.verify(reply.access_token(), claims) == identity::Verifier::Result::kValid);
  CHECK(claims.user_id == reply.user_id());
  CHECK(claims.uid == reply.uid());
  CHECK(claims.subject == std::to_string(reply.user_id()));
  CHECK(claims.role == rpc::Caller::Role::kUser);

  CHECK(auth.sessions().login(anonymous(), login_request("ADA@EXAMPLE.COM", "secret-Ada")).user() ==
        "Ada");
  CHECK(auth.sessions().login(anonymous(), login_request("ada", "secret-Ada")).user() == "Ada");
  v1::LoginRequest by_name;
  by_name.set_username("aDA");
  by_name.set_password("secret-Ada");
  CHECK(auth.sessions().login(anonymous(), by_name).user() == "Ada");

  v1::ObtainTokenRequest cookie;
  cookie.set_username("ada");
  cookie.set_password("secret-Ada");
  auto session = auth.sessions().obtain_token(anonymous(), cookie);
  REQUIRE(auth.verify(session.access_token(), claims) == identity::Verifier::Result::kValid);
  CHECK(claims.expires_at - claims.issued_at == std::chrono::hours(10));
}

TEST_CASE("A wrong pair and an unknown user get the same answer") {
  AuthFixture auth;
  auth.register_user("ada");
  for (const auto& login : {"ada@example.com", "nobody@example.com", "a\tb", ""}) {
    auto error =
        error_of([&] { auth.sessions().login(anonymous(), login_request(login, "wrong")); });
    CHECK(error.code() == Code::kUnauthenticated);
    CHECK(error.message() == "Invalid email or password");
  }
  v1::ObtainTokenRequest request;
  request.set_username("ada");
  request.set_password("wrong");
  auto error = error_of([&] { auth.sessions().obtain_token(anonymous(), request); });
  CHECK(error.code() == Code::kUnauthenticated);
  CHECK(error.message() == "No active account found with the given credentials");
}

TEST_CASE("Missing and blank fields are named") {
  AuthFixture auth;
  v1::LoginRequest login;
  CHECK(error_of([&] { auth.sessions().login(anonymous(), login); }).message() ==
        "Missing required field: email");
  login.set_email("a@b.cd");
  CHECK(error_of([&] { auth.sessions().login(anonymous(), login); }).message() ==
        "Missing required field: password");

  v1::ObtainTokenRequest token;
  token.set_username("");
  auto error = error_of([&] { auth.sessions().obtain_token(anonymous(), token); });
  CHECK(error.code() == Code::kInvalidArgument);
  REQUIRE(error.fields().size() == 2);
  CHECK(error.fields()[0].name == "username");
  CHECK(error.fields()[0].message == "This field may not be blank.");
  CHECK(error.fields()[1].name == "password");
  CHECK(error.fields()[1].message == "This field is required.");
}

TEST_CASE("Logging out revokes the session and tells the gateways") {
  AuthFixture auth;
  auth.register_user("ada");
  auto call = auth.call_as("ada");
  Listener revoked(auth.replica.bus(), "auth.session.revoked");
  CHECK(auth.sessions().logout(call, v1::LogoutRequest()).message() == "User logged out");

  auto messages = revoked.wait_for(1);
  REQUIRE(messages.size() == 1);
  api::SessionsRevoked message;
  REQUIRE(message.ParseFromString(messages[0]));
  REQUIRE(message.sessions_size() == 1);
  CHECK(message.sessions(0).id() == call.caller().session_id);
  auto forget = std::chrono::system_clock::from_time_t(message.sessions(0).forget_at().seconds());
  CHECK(forget > auth.clock.now() + std::chrono::minutes(59));
  CHECK(forget <= auth.clock.now() + std::chrono::minutes(60));

  auto list = auth.sessions().list_revoked(internal(), v1::ListRevokedRequest());
  REQUIRE(list.sessions_size() == 1);
  CHECK(list.sessions(0).id() == call.caller().session_id);
  CHECK_FALSE(list.more());

  SECTION("a second logout says the same") {
    CHECK(auth.sessions().logout_cookie(call, v1::LogoutRequest()).detail() ==
          "Successfully logged out.");
  }
  SECTION("the list forgets what no token can use") {
    auth.clock.advance(std::chrono::hours(2));
    CHECK(auth.sessions().list_revoked(internal(), v1::ListRevokedRequest()).sessions_size() == 0);
  }
  SECTION("the list goes on from where it ended") {
    auth.clock.advance(std::chrono::minutes(1));
    v1::ListRevokedRequest next;
    *next.mutable_since() =
        auth.sessions().list_revoked(internal(), v1::ListRevokedRequest()).until();
    CHECK(auth.sessions().list_revoked(internal(), next).sessions_size() == 0);
  }
}

TEST_CASE("A signed-in caller learns who it is") {
  AuthFixture auth;
  auth.register_user("ada");
  auto call = auth.call_as("ada");
  auto reply = auth.sessions().who_am_i(call, Empty());
  CHECK(reply.logged_in_as() == call.caller().user_id);
  CHECK(reply.username() == "ada");
  CHECK(reply.role() == "user");
  CHECK(error_of([&] { auth.sessions().who_am_i(anonymous(), Empty()); }).code() ==
        Code::kUnauthenticated);
}

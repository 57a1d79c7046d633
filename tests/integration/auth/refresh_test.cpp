#include <set>
#include <thread>

#include "tests/catch.h"
#include "tests/integration/auth/auth_fixture.h"

using namespace marquee;
using namespace marquee::auth;
using namespace marquee::auth::testing;

namespace {

Error refused(AuthFixture& auth, const std::string& token) {
  return error_of([&] { auth.sessions().refresh_token(anonymous(), refresh_request(token)); });
}

}  // namespace

TEST_CASE("A refresh token gives its successor and an access token") {
  AuthFixture auth;
  auth.register_user("ada");
  auto login = auth.login("ada");
  auto call = auth.call_with(login.access_token());
  auto reply = auth.sessions().refresh_token(anonymous(), refresh_request(login.refresh_token()));
  CHECK(reply.refresh() != login.refresh_token());
  auto refreshed = auth.call_with(reply.access_token());
  CHECK(refreshed.caller().session_id == call.caller().session_id);
  CHECK(refreshed.caller().user_id == call.caller().user_id);

  auto next = auth.sessions().refresh_token(anonymous(), refresh_request(reply.refresh()));
  CHECK(next.refresh() != reply.refresh());
}

TEST_CASE("Fifty parallel uses of one token all get one successor") {
  AuthFixture auth;
  auth.register_user("ada");
  auto token = auth.login("ada").refresh_token();
  constexpr int kThreads = 50;
  std::vector<std::string> successors(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      try {
        successors[i] =
            auth.sessions().refresh_token(anonymous(), refresh_request(token)).refresh();
      } catch (const Error& error) {
        successors[i] = "error " + std::to_string(i) + error.message();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(std::set<std::string>(successors.begin(), successors.end()).size() == 1);
  CHECK(successors[0].size() == 43);
  CHECK(auth.count("SELECT count(*) FROM refresh_tokens") == 2);
}

TEST_CASE("Within the grace the same successor, later the end of the family") {
  AuthFixture auth;
  auth.register_user("ada");
  auto login = auth.login("ada");
  auto session_id = auth.call_with(login.access_token()).caller().session_id;
  auto refresh = [&](const std::string& token) {
    return auth.sessions().refresh_token(anonymous(), refresh_request(token)).refresh();
  };
  auto successor = refresh(login.refresh_token());
  auth.clock.advance(std::chrono::seconds(15));
  CHECK(refresh(login.refresh_token()) == successor);
  // Also when the successor was used already.
  auto third = refresh(successor);
  CHECK(refresh(login.refresh_token()) == successor);

  Listener revoked(auth.replica.bus(), "auth.session.revoked");
  auth.clock.advance(std::chrono::seconds(10));
  auto error = refused(auth, login.refresh_token());
  CHECK(error.code() == Code::kUnauthenticated);
  CHECK(error.reason() == "token_not_valid");
  CHECK(error.message() == "Token is invalid or expired");
  auto messages = revoked.wait_for(1);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].find(session_id) != std::string::npos);
  CHECK(refused(auth, third).reason() == "token_not_valid");
  CHECK(refused(auth, successor).reason() == "token_not_valid");
}

TEST_CASE("The database alone does not give a token away") {
  AuthFixture auth;
  auth.register_user("ada");
  auto first = auth.login("ada").refresh_token();
  auto second = auth.sessions().refresh_token(anonymous(), refresh_request(first)).refresh();
  for (const auto& token : {first, second}) {
    CHECK(auth.count("SELECT count(*) FROM refresh_tokens t WHERE position('" + token +
                     "'::bytea IN token_hash || coalesce(successor, '')) > 0") == 0);
  }
}

TEST_CASE("Refresh tokens slide, but each ends in its time") {
  AuthFixture auth;
  auth.register_user("ada");
  auto token = auth.login("ada").refresh_token();
  for (int day = 0; day < 3; ++day) {
    auth.clock.advance(std::chrono::hours(23));
    token = auth.sessions().refresh_token(anonymous(), refresh_request(token)).refresh();
  }
  auth.clock.advance(std::chrono::hours(25));
  CHECK(refused(auth, token).reason() == "token_not_valid");
}

TEST_CASE("What is no token of ours is refused") {
  AuthFixture auth;
  auth.register_user("ada");
  auto token = auth.login("ada").refresh_token();
  for (const auto& text :
       {std::string("x"), token + "x", token.substr(1), std::string(100'000, 'x'),
        std::string("\0", 1), token + std::string(1, '\0')}) {
    CHECK(refused(auth, text).reason() == "token_not_valid");
  }
  auto missing =
      error_of([&] { auth.sessions().refresh_token(anonymous(), v1::RefreshTokenRequest()); });
  CHECK(missing.code() == Code::kInvalidArgument);
  CHECK(missing.fields()[0].message == "This field is required.");
  CHECK(error_of([&] { auth.sessions().refresh_token(anonymous(), refresh_request("")); })
            .fields()[0]
            .message == "This field may not be blank.");
}

TEST_CASE("A logged-out session does not refresh") {
  AuthFixture auth;
  auth.register_user("ada");
  auto login = auth.login("ada");
  auth.sessions().logout(auth.call_with(login.access_token()), v1::LogoutRequest());
  CHECK(refused(auth, login.refresh_token()).reason() == "token_not_valid");
}

TEST_CASE("Expired sessions are removed, living ones and revocations that matter are kept") {
  AuthFixture auth;
  auth.register_user("ada");
  auto old = auth.login("ada");
  auth.clock.advance(std::chrono::hours(20));
  auto young = auth.login("ada");
  auth.clock.advance(std::chrono::hours(10));
  auto call = auth.call_as("ada");
  auth.sessions().logout(call, v1::LogoutRequest());
  auth.service().maintenance().run_once();
  CHECK(auth.count("SELECT count(*) FROM sessions") == 2);
  CHECK(auth.count("SELECT count(*) FROM refresh_tokens") == 2);
  CHECK(auth.sessions().list_revoked(internal(), v1::ListRevokedRequest()).sessions_size() == 1);
  CHECK(refused(auth, old.refresh_token()).reason() == "token_not_valid");
  auth.sessions().refresh_token(anonymous(), refresh_request(young.refresh_token()));
}

#include <thread>

#include "tests/catch.h"
#include "tests/integration/auth/auth_fixture.h"

using namespace marquee;
using namespace marquee::auth;
using namespace marquee::auth::testing;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

Error failed_login(AuthFixture& auth, const std::string& name, const std::string& password) {
  return error_of(
      [&] { auth.sessions().login(anonymous(), login_request(name + "@example.com", password)); });
}

void fail(AuthFixture& auth, int times) {
  for (int i = 0; i < times; ++i) {
    REQUIRE(failed_login(auth, "ada", "wrong").code() == Code::kUnauthenticated);
  }
}

// Locked for about `time`, even for the right password.
void check_locked(AuthFixture& auth, std::chrono::milliseconds time) {
  auto error = failed_login(auth, "ada", "secret-ada");
  CHECK(error.code() == Code::kResourceExhausted);
  CHECK(error.message() == "Too many failed attempts. Try again later.");
  CHECK(error.retry_after() <= time);
  CHECK(error.retry_after() > time - seconds(10));
}

}  // namespace

TEST_CASE("Five failures lock for a minute, each further one for twice as long") {
  AuthFixture auth;
  auth.register_user("ada");
  auth.register_user("bob");
  fail(auth, 5);
  check_locked(auth, minutes(1));
  CHECK(auth.login("bob").user() == "bob");

  for (auto lock : {minutes(2), minutes(4), minutes(8), minutes(15), minutes(15)}) {
    auth.clock.advance(minutes(15));
    fail(auth, 1);
    check_locked(auth, lock);
  }
  auth.clock.advance(minutes(15));
  CHECK(auth.login("ada").user() == "ada");

  // Success forgets what was before.
  fail(auth, 4);
  CHECK(auth.login("ada").user() == "ada");
  fail(auth, 4);
  CHECK(auth.login("ada").user() == "ada");
}

TEST_CASE("The lock ends when it says") {
  AuthFixture auth;
  auth.register_user("ada");
  fail(auth, 5);
  auth.clock.advance(seconds(50));
  check_locked(auth, seconds(10));
  auth.clock.advance(seconds(11));
  CHECK(auth.login("ada").user() == "ada");
}

TEST_CASE("Failures at the same time are all counted") {
  AuthFixture auth;
  auth.register_user("ada");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { failed_login(auth, "ada", "wrong"); });
  for (auto& thread : threads) thread.join();
  CHECK(auth.count("SELECT failed_logins FROM users") == 4);
  fail(auth, 1);
  check_locked(auth, minutes(1));
}

TEST_CASE("Guessing the old password locks too") {
  AuthFixture auth;
  auth.register_user("ada");
  auto call = auth.call_as("ada");
  v1::UpdateOwnAccountRequest request;
  request.set_password("another one");
  request.set_old_password("wrong");
  for (int i = 0; i < 5; ++i) {
    CHECK(error_of([&] { auth.changes().update_own_account(call, request); }).message() ==
          "Old password is incorrect");
  }
  check_locked(auth, minutes(1));
  CHECK(error_of([&] { auth.changes().update_own_account(call, request); }).code() ==
        Code::kResourceExhausted);
}

TEST_CASE("Hashes follow the configuration at the next sign-in, also of two at once") {
  AuthFixture auth;
  auth.register_user("ada");
  auto config = quick_config();
  config.password.passes = 2;
  Replica stronger(auth.database_url, config, auth.clock);
  auto strong = [&] {
    return auth.count("SELECT count(*) FROM users WHERE password_hash LIKE '%t=2%'");
  };
  REQUIRE(strong() == 0);
  std::atomic<int> signed_in{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      try {
        stronger.service().sessions().login(anonymous(),
                                            login_request("ada@example.com", "secret-ada"));
        ++signed_in;
      } catch (const Error&) {
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(signed_in == 4);
  CHECK(strong() == 1);
  CHECK(auth.count("SELECT failed_logins FROM users") == 0);
}

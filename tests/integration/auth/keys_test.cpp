#include <thread>

#include <nlohmann/json.hpp>

#include "tests/catch.h"
#include "tests/integration/auth/auth_fixture.h"

using namespace marquee;
using namespace marquee::auth;
using namespace marquee::auth::testing;
using Result = identity::Verifier::Result;

namespace {

std::string jwks(Replica& replica) {
  return replica.service().keys().get_jwks(anonymous(), Empty()).document();
}

std::size_t key_count(const std::string& document) {
  return nlohmann::json::parse(document)["keys"].size();
}

std::string kid(const v1::LoginReply& login) {
  return identity::unverified_kid(login.access_token()).value_or("");
}

Config eager_config() {
  auto config = quick_config();
  config.keys.reload = std::chrono::hours(1);  // only hints bring news
  return config;
}

}  // namespace

TEST_CASE("Replicas that start together agree on one key") {
  MovedClock clock;
  auto url = marquee::testing::Postgres::shared().create_database("auth");
  std::vector<std::unique_ptr<Replica>> replicas(4);
  std::vector<std::string> errors(replicas.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    threads.emplace_back([&, i] {
      try {
        replicas[i] = std::make_unique<Replica>(url, quick_config(), clock);
      } catch (const std::exception& error) {
        errors[i] = error.what();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    REQUIRE(errors[i].empty());
    CHECK(jwks(*replicas[i]) == jwks(*replicas[0]));
  }
  CHECK(key_count(jwks(*replicas[0])) == 1);
}

TEST_CASE("A rotated key signs at once, the old one still verifies") {
  AuthFixture auth(eager_config());
  auth.register_user("ada");
  Replica other(auth.database_url, eager_config(), auth.clock);
  auto before = auth.login("ada");
  Listener invalidated(auth.replica.bus(), "cache.invalidate");

  auto new_kid = auth.service().keys().rotate_key(internal(), Empty()).kid();
  auto after = auth.login("ada");
  CHECK(kid(after) == new_kid);
  CHECK(kid(before) != new_kid);
  identity::Claims claims;
  CHECK(auth.verify(before.access_token(), claims) == Result::kValid);
  CHECK(auth.verify(after.access_token(), claims) == Result::kValid);
  CHECK(key_count(jwks(auth.replica)) == 2);
  auto messages = invalidated.wait_for(1);
  REQUIRE_FALSE(messages.empty());
  CHECK(messages[0].find("jwks") != std::string::npos);

  // The other replica heard of it over the bus.
  auto request = login_request("ada@example.com", "secret-ada");
  CHECK(marquee::testing::eventually(
      [&] { return kid(other.service().sessions().login(anonymous(), request)) == new_kid; }));

  SECTION("a retired key goes when its last token has ended") {
    auth.clock.advance(std::chrono::hours(10));
    CHECK(auth.count("SELECT count(*) FROM signing_keys") == 2);
    auth.service().maintenance().run_once();
    CHECK(auth.count("SELECT count(*) FROM signing_keys") == 2);
    auth.clock.advance(std::chrono::hours(2));
    auth.service().maintenance().run_once();
    CHECK(auth.count("SELECT count(*) FROM signing_keys") == 1);
  }
}

TEST_CASE("Keys rotate by themselves, once for all replicas") {
  AuthFixture auth;
  Replica other(auth.database_url, quick_config(), auth.clock);
  auth.service().maintenance().run_once();
  CHECK(auth.count("SELECT count(*) FROM signing_keys") == 1);
  auth.clock.advance(std::chrono::hours(24 * 30 + 1));
  std::thread rival([&] { other.service().maintenance().run_once(); });
  auth.service().maintenance().run_once();
  rival.join();
  CHECK(auth.count("SELECT count(*) FROM signing_keys") == 2);
  CHECK(auth.count("SELECT count(*) FROM signing_keys WHERE retired_at IS NULL") == 1);
}

TEST_CASE("Private keys rest sealed") {
  AuthFixture auth;
  CHECK(auth.count("SELECT count(*) FROM signing_keys WHERE position('PRIVATE'::bytea IN "
                   "sealed_private) > 0 OR jwk LIKE '%\"d\"%'") == 0);

  // With another secret a replica makes a key of its own; tokens of both verify.
  auth.register_user("ada");
  auto config = quick_config();
  config.keys.secret = "another secret of the tests";
  Replica other(auth.database_url, config, auth.clock);
  auto theirs = other.service().sessions().login(anonymous(), login_request("ada", "secret-ada"));
  auto ours = auth.login("ada");
  identity::Verifier verifier(jwks(other));
  identity::Claims claims;
  CHECK(verifier.verify(theirs.access_token(), auth.clock.now(), claims) == Result::kValid);
  CHECK(verifier.verify(ours.access_token(), auth.clock.now(), claims) == Result::kValid);
  CHECK(kid(ours) != kid(theirs));
}

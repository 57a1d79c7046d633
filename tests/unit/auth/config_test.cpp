#include "services/auth/config.h"

#include <stdexcept>

#include "tests/catch.h"

using namespace marquee::auth;

TEST_CASE("A configuration that cannot work is refused") {
  Config config;
  CHECK_THROWS_AS(config.check(), std::runtime_error);
  config.keys.secret = "too short";
  CHECK_THROWS_AS(config.check(), std::runtime_error);
  config.keys.secret = "long enough to be one";
  config.check();
  CHECK(config.longest_access_lifetime() == std::chrono::hours(10));

  auto without_life = config;
  without_life.tokens.cookie_lifetime = milliseconds(0);
  CHECK_THROWS_AS(without_life.check(), std::runtime_error);
  auto restless = config;
  restless.keys.rotation = milliseconds(1);
  CHECK_THROWS_AS(restless.check(), std::runtime_error);
}

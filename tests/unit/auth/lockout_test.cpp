#include "services/auth/lockout.h"

#include "tests/catch.h"

using namespace marquee::auth;
using std::chrono::minutes;

TEST_CASE("Locks begin at the fifth failure and double to a quarter of an hour") {
  LockoutConfig config;
  CHECK(lock_time(0, config).count() == 0);
  CHECK(lock_time(4, config).count() == 0);
  CHECK(lock_time(5, config) == minutes(1));
  CHECK(lock_time(6, config) == minutes(2));
  CHECK(lock_time(7, config) == minutes(4));
  CHECK(lock_time(8, config) == minutes(8));
  CHECK(lock_time(9, config) == minutes(15));
  CHECK(lock_time(10, config) == minutes(15));
  CHECK(lock_time(2'000'000'000, config) == minutes(15));
}

TEST_CASE("A longest lock below the first one wins") {
  LockoutConfig config;
  config.longest = std::chrono::seconds(10);
  CHECK(lock_time(5, config) == std::chrono::seconds(10));
}

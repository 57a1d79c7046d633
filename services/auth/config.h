// What operators can set of the auth service beside what every service has. Filled by main,
// constant afterwards.
#pragma once

#include <chrono>
#include <string>

#include "libs/core/config.h"

namespace marquee::auth {

using std::chrono::milliseconds;

// Characters of a password at most, on every surface.
inline constexpr int kPasswordCharactersMax = 128;

struct PasswordConfig {
  int threads = 1;     // that hash for signing in and up
  int queue_max = 64;  // calls that may wait for them; more get 503
  int memory_kib = 19 * 1024;
  int passes = 2;
  int min_review = 4;   // characters at least on /api/auth/register and /api/users
  int min_profile = 1;  // on /api/user/signup/ and /api/user/update/
};

struct LockoutConfig {
  int failures = 5;  // in a row, before the first lock
  milliseconds first{std::chrono::minutes(1)};
  milliseconds longest{std::chrono::minutes(15)};
};

struct TokenConfig {
  milliseconds access_lifetime{std::chrono::hours(1)};
  milliseconds cookie_lifetime{std::chrono::hours(10)};
  milliseconds refresh_lifetime{std::chrono::hours(24)};
  milliseconds refresh_grace{std::chrono::seconds(20)};
};

struct KeyConfig {
  std::string secret;  // seals private keys in the database
  milliseconds rotation{std::chrono::hours(24 * 30)};
  milliseconds reload{std::chrono::seconds(30)};
};

struct Config {
  PasswordConfig password;
  LockoutConfig lockout;
  TokenConfig tokens;
  KeyConfig keys;
  milliseconds maintenance_interval{std::chrono::minutes(1)};

  void add_to(core::Options& options);
  // Throws std::runtime_error with a sentence when values do not fit together.
  void check() const;
  milliseconds longest_access_lifetime() const;
};

}  // namespace marquee::auth

#include "services/auth/config.h"

#include <algorithm>
#include <stdexcept>

namespace marquee::auth {
namespace {

constexpr std::size_t kSecretBytesMin = 16;

}  // namespace

void Config::add_to(core::Options& options) {
  options.add_secret("key-secret", keys.secret,
                     "seals the signing keys in the database, at least 16 characters");
  options.add("key-rotation", keys.rotation, "age at which a signing key gets a successor");
  options.add("key-reload", keys.reload, "how long a replica may not know of a new signing key");
  options.add("access-lifetime", tokens.access_lifetime, "life of an access token");
  options.add("cookie-lifetime", tokens.cookie_lifetime,
              "life of an access token for the session cookie");
  options.add("refresh-lifetime", tokens.refresh_lifetime, "life of a refresh token");
  options.add("refresh-grace", tokens.refresh_grace,
              "how long a used refresh token gives the same successor again");
  options.add("password-threads", password.threads, "threads that hash passwords", 1, 64);
  options.add("password-queue-max", password.queue_max,
              "calls that may wait for a hashing thread, others get 503", 1, 10'000);
  options.add("password-memory-kib", password.memory_kib, "Argon2id memory in KiB", 1024, 1 << 20);
  options.add("password-passes", password.passes, "Argon2id passes", 1, 64);
  options.add("password-min-review", password.min_review,
              "characters of a password at least, on /api/auth/register and /api/users", 1,
              kPasswordCharactersMax);
  options.add("password-min-profile", password.min_profile,
              "characters of a password at least, on /api/user/signup/ and /api/user/update/", 1,
              kPasswordCharactersMax);
  options.add("lockout-failures", lockout.failures, "failed sign-ins in a row that lock an account",
              1, 1000);
  options.add("lockout-first", lockout.first,
              "length of the first lock; doubles with each failure");
  options.add("lockout-longest", lockout.longest, "length of the longest lock");
  options.add("maintenance-interval", maintenance_interval,
              "how often expired sessions are removed and keys looked at");
}

void Config::check() const {
  if (keys.secret.size() < kSecretBytesMin) {
    throw std::runtime_error("key-secret must be set to at least 16 characters (see --help)");
  }
  for (auto lifetime : {tokens.access_lifetime, tokens.cookie_lifetime, tokens.refresh_lifetime}) {
    if (lifetime < std::chrono::seconds(1)) {
      throw std::runtime_error("a token must live for at least 1s");
    }
  }
  if (keys.rotation < std::chrono::minutes(1)) {
    throw std::runtime_error("key-rotation must be at least 1m");
  }
  if (maintenance_interval < std::chrono::seconds(1)) {
    throw std::runtime_error("maintenance-interval must be at least 1s");
  }
}

milliseconds Config::longest_access_lifetime() const {
  return std::max(tokens.access_lifetime, tokens.cookie_lifetime);
}

}  // namespace marquee::auth

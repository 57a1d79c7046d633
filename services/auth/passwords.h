// Argon2id hashes of passwords. Slow on purpose (tens of milliseconds and megabytes each): called
// on the lanes that AuthService sets apart for it. Immutable, but for its counts; any thread.
#pragma once

#include <string>

#include "libs/core/tally.h"
#include "services/auth/config.h"

namespace marquee::auth {

class Passwords {
 public:
  explicit Passwords(const PasswordConfig& config);

  // In the PHC format ("$argon2id$v=19$..."). Throws Error UNAVAILABLE when memory is short.
  std::string hash(const std::string& password) const;
  bool matches(const std::string& hash, const std::string& password) const;
  // Takes as long as matches() does, for accounts that do not exist.
  void pretend(const std::string& password) const;
  // True for hashes made with other parameters than today's.
  bool outdated(const std::string& hash) const;

  // Hashes in the making, and the time that those made took.
  std::int64_t running() const { return running_.value(); }
  core::Durations::Reading durations() const { return durations_.read(); }

 private:
  class Timed;
  const unsigned long long passes_;
  const std::size_t memory_bytes_;
  const std::string nobody_;
  mutable core::Tally running_;
  mutable core::Durations durations_;
};

}  // namespace marquee::auth

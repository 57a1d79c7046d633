// Checks passwords, slowly on purpose, and locks accounts whose password is being guessed. Owned by
// AuthService; called on the password lanes.
#pragma once

#include <optional>
#include <string>

#include "libs/db/pool.h"
#include "services/auth/account.h"
#include "services/auth/passwords.h"

namespace marquee::auth {

class Credentials {
 public:
  Credentials(db::Pool& database, const Passwords& passwords, const LockoutConfig& config,
              const Clock& clock)
      : database_(database), passwords_(passwords), config_(config), clock_(clock) {}

  // The account that `login` (username or e-mail) and `password` belong to. As slow for an unknown
  // login as for a wrong password. Throws RESOURCE_EXHAUSTED with a retry time while it is locked.
  std::optional<Account> check(const std::string& login, const std::string& password,
                               const Deadline& deadline);
  // Whether `password` is the account's; failures count and lock as above.
  bool matches(const Account& account, const std::string& password, const Deadline& deadline);

 private:
  void count_failure(std::int64_t user_id, const Deadline& deadline);

  db::Pool& database_;
  const Passwords& passwords_;
  const LockoutConfig& config_;
  const Clock& clock_;
};

}  // namespace marquee::auth

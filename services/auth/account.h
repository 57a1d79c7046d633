// An account as the stores give it to handlers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "libs/core/clock.h"
#include "libs/rpc/caller.h"

namespace marquee::auth {

struct Account {
  std::int64_t id = 0;
  std::string uid;
  std::string username;
  std::optional<std::string> email;
  std::optional<std::string> password_hash;  // unset: cannot sign in by password
  rpc::Caller::Role role = rpc::Caller::Role::kUser;
  std::optional<std::string> birth_date;  // YYYY-MM-DD
  std::optional<std::string> bio;
  bool is_private = false;
  std::optional<WallTime> locked_until;
};

struct NewAccount {
  std::string username;
  std::string email;
  std::string password_hash;
  std::optional<std::string> birth_date;
};

// What is set is changed.
struct AccountChange {
  std::optional<std::string> username;
  std::optional<std::string> email;
  std::optional<std::string> password_hash;
  std::optional<std::string> bio;         // "" clears
  std::optional<std::string> birth_date;  // "" clears
  std::optional<bool> is_private;
};

}  // namespace marquee::auth

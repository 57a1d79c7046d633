// Makes the tokens of sessions: access tokens that gateways verify alone, and refresh tokens that
// work once, whose successor is kept sealed with the token itself. Owned by AuthService; any
// thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/db/pool.h"
#include "services/auth/account.h"
#include "services/auth/key_ring.h"
#include "services/auth/sessions_store.h"

namespace marquee::auth {

struct IssuedTokens {
  std::string access;
  std::string refresh;
  std::chrono::seconds access_lifetime{0};
};

class SessionTokens {
 public:
  SessionTokens(db::Pool& database, KeyRing& keys, const TokenConfig& config, const Clock& clock)
      : database_(database), keys_(keys), config_(config), clock_(clock) {}

  // A new session for an account, in the caller's transaction. `keys` is read before that begins.
  IssuedTokens start(db::Tx& tx, const KeySet& keys, const Account& account, Surface surface);

  struct Refreshed {
    std::optional<IssuedTokens> tokens;   // nothing: the token is not good
    std::vector<RevokedSession> revoked;  // its whole session, when it was used long ago
  };
  // Exchanges a refresh token for its successor and an access token of the cookie's life.
  Refreshed refresh(const std::string& token, const Deadline& deadline);

 private:
  Refreshed refresh(db::Tx& tx, const KeySet& keys, const std::string& token);
  std::string sign(const KeySet& keys, const Account& account, const std::string& session_id,
                   WallTime now, milliseconds lifetime) const;

  db::Pool& database_;
  KeyRing& keys_;
  const TokenConfig& config_;
  const Clock& clock_;
};

}  // namespace marquee::auth

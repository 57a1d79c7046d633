// The auth service put together: stores below, handlers above, bound to the server's RPCs. Made by
// main (and by tests) before the server starts, destroyed after it has stopped.
#pragma once

#include "libs/events/relay.h"
#include "libs/rpc/service_app.h"
#include "services/auth/account_change_handlers.h"
#include "services/auth/accounts_handlers.h"
#include "services/auth/directory_handlers.h"
#include "services/auth/keys_handlers.h"
#include "services/auth/maintenance.h"
#include "services/auth/sessions_handlers.h"
#include "services/auth/sign_up_handlers.h"
#include "services/auth/status_handlers.h"

namespace marquee::auth {

class AuthService final : public rpc::ServiceParts {
 public:
  // `config` and `clock` must outlive the service. Throws std::runtime_error for a configuration
  // that does not fit together, Error when the database does not answer.
  AuthService(const Config& config, rpc::Parts& parts, const Clock& clock);

  SessionsHandlers& sessions() { return sessions_; }
  SignUpHandlers& sign_up() { return sign_up_; }
  AccountsHandlers& accounts() { return accounts_; }
  AccountChangeHandlers& changes() { return changes_; }
  DirectoryHandlers& directory() { return directory_; }
  KeysHandlers& keys() { return keys_; }
  StatusHandlers& status() { return status_; }
  Maintenance& maintenance() { return maintenance_; }

 private:
  Passwords passwords_;
  KeyRing key_ring_;
  Announcements announcements_;
  events::Outbox outbox_;
  Credentials credentials_;
  SessionTokens tokens_;
  SessionsHandlers sessions_;
  SignUpHandlers sign_up_;
  AccountsHandlers accounts_;
  AccountChangeHandlers changes_;
  DirectoryHandlers directory_;
  KeysHandlers keys_;
  StatusHandlers status_;
  Maintenance maintenance_;
  events::Relay relay_;
};

}  // namespace marquee::auth

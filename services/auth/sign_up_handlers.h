// The two RPCs of marquee.auth.v1.Accounts that make an account. Owned by AuthService; on the
// password lane.
#pragma once

#include "libs/rpc/server.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "services/auth/passwords.h"
#include "services/auth/session_tokens.h"

namespace marquee::auth {

class SignUpHandlers {
 public:
  SignUpHandlers(db::Pool& database, const Passwords& passwords, KeyRing& keys,
                 SessionTokens& tokens, const PasswordConfig& config, const Clock& clock)
      : database_(database),
        passwords_(passwords),
        keys_(keys),
        tokens_(tokens),
        config_(config),
        clock_(clock) {}

  void bind(rpc::Service& service, rpc::Lane& passwords);

  v1::MessageReply register_user(const rpc::Call& call, const v1::RegisterRequest& request);
  v1::SignUpReply sign_up(const rpc::Call& call, const v1::SignUpRequest& request);

 private:
  db::Pool& database_;
  const Passwords& passwords_;
  KeyRing& keys_;
  SessionTokens& tokens_;
  const PasswordConfig& config_;
  const Clock& clock_;
};

}  // namespace marquee::auth

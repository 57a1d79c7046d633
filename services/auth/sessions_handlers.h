// marquee.auth.v1.Sessions. Owned by AuthService; any worker thread.
#pragma once

#include <google/protobuf/empty.pb.h>

#include "libs/rpc/server.h"
#include "marquee/auth/v1/sessions.pb.h"
#include "services/auth/announcements.h"
#include "services/auth/credentials.h"
#include "services/auth/session_tokens.h"

namespace marquee::auth {

class SessionsHandlers {
 public:
  using Empty = google::protobuf::Empty;

  SessionsHandlers(db::Pool& database, Credentials& credentials, const Passwords& passwords,
                   KeyRing& keys, SessionTokens& tokens, Announcements& announcements,
                   const Clock& clock)
      : database_(database),
        credentials_(credentials),
        passwords_(passwords),
        keys_(keys),
        tokens_(tokens),
        announcements_(announcements),
        clock_(clock) {}

  void bind(rpc::Service& service, rpc::Lane& passwords);

  v1::LoginReply login(const rpc::Call& call, const v1::LoginRequest& request);
  v1::LogoutReply logout(const rpc::Call& call, const v1::LogoutRequest& request);
  v1::CookieSessionReply obtain_token(const rpc::Call& call, const v1::ObtainTokenRequest& request);
  v1::CookieSessionReply refresh_token(const rpc::Call& call,
                                       const v1::RefreshTokenRequest& request);
  v1::DetailReply logout_cookie(const rpc::Call& call, const v1::LogoutRequest& request);
  v1::WhoAmIReply who_am_i(const rpc::Call& call, const Empty& request);
  v1::ListRevokedReply list_revoked(const rpc::Call& call, const v1::ListRevokedRequest& request);

 private:
  struct SignedIn {
    Account account;
    IssuedTokens tokens;
  };
  // Nothing for a wrong pair.
  std::optional<SignedIn> sign_in(const std::string& login, const std::string& password,
                                  Surface surface, const Deadline& deadline);
  void end_session(const rpc::Call& call);

  db::Pool& database_;
  Credentials& credentials_;
  const Passwords& passwords_;
  KeyRing& keys_;
  SessionTokens& tokens_;
  Announcements& announcements_;
  const Clock& clock_;
};

}  // namespace marquee::auth

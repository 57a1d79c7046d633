// What of marquee.auth.v1.Accounts changes accounts: three surfaces, one way to apply. Owned by
// AuthService; on a lane of its own, because a new password is hashed here.
#pragma once

#include "libs/rpc/server.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "services/auth/announcements.h"
#include "services/auth/credentials.h"

namespace marquee::auth {

class AccountChangeHandlers {
 public:
  AccountChangeHandlers(db::Pool& database, Credentials& credentials, const Passwords& passwords,
                        Announcements& announcements, const PasswordConfig& config,
                        const Clock& clock)
      : database_(database),
        credentials_(credentials),
        passwords_(passwords),
        announcements_(announcements),
        config_(config),
        clock_(clock) {}

  void bind(rpc::Service& service, rpc::Lane& changes);

  v1::MessageReply update_user(const rpc::Call& call, const v1::UpdateUserRequest& request);
  v1::MessageReply update_own_account(const rpc::Call& call,
                                      const v1::UpdateOwnAccountRequest& request);
  v1::MessageReply update_profile(const rpc::Call& call, const v1::UpdateProfileRequest& request);

 private:
  // One request, read and found well-formed except for what `bad` says.
  struct Wanted {
    AccountChange change;
    std::optional<std::string> password;
    bool needs_old_password = false;
    std::string old_password;
    std::string kept_session;  // survives a new password
    Violations bad;
  };
  struct TakenTexts {
    const char* username;
    const char* email;
  };

  template <typename Request>
  static Wanted read(const Request& request, int password_min);
  // Checks what needs the database, then commits; a new password ends the account's sessions.
  void apply(const rpc::Call& call, std::int64_t id, Wanted wanted, const TakenTexts& texts);

  static const TakenTexts kReviewTexts;
  static const TakenTexts kProfileTexts;

  db::Pool& database_;
  Credentials& credentials_;
  const Passwords& passwords_;
  Announcements& announcements_;
  const PasswordConfig& config_;
  const Clock& clock_;
};

}  // namespace marquee::auth

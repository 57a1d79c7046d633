// marquee.auth.v1.Directory: what other services ask and tell about users. Owned by AuthService;
// any worker thread.
#pragma once

#include "libs/db/pool.h"
#include "libs/rpc/server.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "services/auth/passwords.h"

namespace marquee::auth {

class DirectoryHandlers {
 public:
  DirectoryHandlers(db::Pool& database, const Passwords& passwords, const Clock& clock)
      : database_(database), passwords_(passwords), clock_(clock) {}
  void bind(rpc::Service& service);

  v1::GetUsersReply get_users(const rpc::Call& call, const v1::GetUsersRequest& request);
  v1::GetMailAddressesReply get_mail_addresses(const rpc::Call& call,
                                               const v1::GetUsersRequest& request);
  v1::EnsureAccountsReply ensure_accounts(const rpc::Call& call,
                                          const v1::EnsureAccountsRequest& request);

 private:
  db::Pool& database_;
  const Passwords& passwords_;
  const Clock& clock_;
};

}  // namespace marquee::auth

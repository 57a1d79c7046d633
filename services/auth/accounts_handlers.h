// What of marquee.auth.v1.Accounts shows and removes accounts. Owned by AuthService; any worker
// thread.
#pragma once

#include <google/protobuf/empty.pb.h>

#include "libs/db/pool.h"
#include "libs/events/outbox.h"
#include "libs/rpc/server.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "services/auth/announcements.h"

namespace marquee::auth {

class AccountsHandlers {
 public:
  using Empty = google::protobuf::Empty;

  AccountsHandlers(db::Pool& database, events::Outbox& outbox, Announcements& announcements,
                   const Clock& clock)
      : database_(database), outbox_(outbox), announcements_(announcements), clock_(clock) {}

  void bind(rpc::Service& service);

  v1::ListUsersReply list_users(const rpc::Call& call, const v1::ListUsersRequest& request);
  v1::User get_user(const rpc::Call& call, const v1::GetUserRequest& request);
  v1::MessageReply delete_user(const rpc::Call& call, const v1::DeleteUserRequest& request);
  v1::User get_own_account(const rpc::Call& call, const Empty& request);
  v1::MessageReply delete_own_account(const rpc::Call& call, const Empty& request);
  v1::Profile get_profile(const rpc::Call& call, const Empty& request);
  Empty delete_profile(const rpc::Call& call, const Empty& request);
  v1::SearchUsersReply search_users(const rpc::Call& call, const v1::SearchUsersRequest& request);

 private:
  // False when there is no such account.
  bool remove(const rpc::Call& call, std::int64_t id);

  db::Pool& database_;
  events::Outbox& outbox_;
  Announcements& announcements_;
  const Clock& clock_;
};

}  // namespace marquee::auth

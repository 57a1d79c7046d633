// marquee.auth.v1.AuthStatus. Owned by AuthService; any worker thread.
#pragma once

#include <google/protobuf/empty.pb.h>

#include "libs/db/pool.h"
#include "libs/rpc/server.h"
#include "marquee/auth/v1/accounts.pb.h"

namespace marquee::auth {

class StatusHandlers {
 public:
  using Empty = google::protobuf::Empty;

  explicit StatusHandlers(db::Pool& database) : database_(database) {}
  void bind(rpc::Service& service);

  v1::StatusReply get_status(const rpc::Call& call, const Empty& request);

 private:
  db::Pool& database_;
};

}  // namespace marquee::auth

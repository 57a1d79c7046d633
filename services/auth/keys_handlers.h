// marquee.auth.v1.Keys. Owned by AuthService; any worker thread.
#pragma once

#include <google/protobuf/empty.pb.h>

#include "libs/rpc/server.h"
#include "marquee/auth/v1/sessions.pb.h"
#include "services/auth/key_ring.h"

namespace marquee::auth {

class KeysHandlers {
 public:
  using Empty = google::protobuf::Empty;

  explicit KeysHandlers(KeyRing& keys) : keys_(keys) {}
  void bind(rpc::Service& service);

  v1::Jwks get_jwks(const rpc::Call& call, const Empty& request);
  v1::RotateKeyReply rotate_key(const rpc::Call& call, const Empty& request);

 private:
  KeyRing& keys_;
};

}  // namespace marquee::auth

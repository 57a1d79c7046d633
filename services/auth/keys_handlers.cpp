#include "services/auth/keys_handlers.h"

namespace marquee::auth {

void KeysHandlers::bind(rpc::Service& service) {
  service.on("GetJwks", &KeysHandlers::get_jwks, *this);
  service.on("RotateKey", &KeysHandlers::rotate_key, *this);
}

v1::Jwks KeysHandlers::get_jwks(const rpc::Call& call, const Empty&) {
  v1::Jwks reply;
  reply.set_document(keys_.latest(call.deadline())->jwks);
  return reply;
}

v1::RotateKeyReply KeysHandlers::rotate_key(const rpc::Call& call, const Empty&) {
  v1::RotateKeyReply reply;
  reply.set_kid(keys_.rotate(call.deadline()));
  return reply;
}

}  // namespace marquee::auth

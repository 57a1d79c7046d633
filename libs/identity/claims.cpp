#include "libs/identity/claims.h"

namespace marquee::identity {

rpc::Caller caller_of(const Claims& claims) {
  rpc::Caller caller;
  caller.user_id = claims.user_id;
  caller.uid = claims.uid;
  caller.session_id = claims.session_id;
  caller.role = claims.role;
  return caller;
}

}  // namespace marquee::identity

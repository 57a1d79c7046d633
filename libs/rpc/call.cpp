#include "libs/rpc/call.h"

#include "libs/core/call_context.h"
#include "libs/core/ids.h"

namespace marquee::rpc {

Call Call::for_current_request(Deadline deadline) {
  const CallContext* current = CallContext::current();
  if (current == nullptr) {
    return {Caller::service(), std::move(deadline), random_request_id()};
  }
  return {Caller::service(), std::move(deadline), std::string(current->request_id), false,
          current->trace != nullptr ? *current->trace : Trace::continued({})};
}

}  // namespace marquee::rpc

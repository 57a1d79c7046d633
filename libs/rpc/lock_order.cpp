#include "libs/rpc/lock_order.h"

#include <absl/synchronization/mutex.h>

namespace marquee::rpc {

void skip_lock_order_checks() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
#endif
}

}  // namespace marquee::rpc

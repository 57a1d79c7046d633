#include "libs/rpc/raw_call.h"

namespace marquee::rpc {

void RawCall::expect() {
  place_.open.began();
  context_.AsyncNotifyWhenDone(ended_.key());
  request_into(request_, arrived_);
}

void RawCall::arrived(bool ok) {
  if (!ok) {
    // The server stops. gRPC never says that a call has ended that has not begun.
    awaited_ = 1;
    leave();
    return;
  }
  place_.expect_next();
  begin();
}

void RawCall::ended(bool /*ok*/) {
  if (context_.IsCancelled()) cancelled();
  leave();
}

void RawCall::finished(bool /*ok*/) {
  leave();
}

void RawCall::leave() {
  if (awaited_.fetch_sub(1) != 1) return;
  auto& open = place_.open;
  delete this;
  open.ended();
}

}  // namespace marquee::rpc

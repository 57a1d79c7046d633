#include "libs/rpc/raw_unary.h"

namespace marquee::rpc {

RawUnary::RawUnary(const RawService::Place& place) : place_(place) {}

void RawUnary::expect() {
  place_.open.began();
  context_.AsyncNotifyWhenDone(ended_.key());
  place_.request_unary(context_, request_, call_, arrived_);
}

void RawUnary::arrived(bool ok) {
  if (!ok) {
    // The server stops. gRPC never says that a call has ended that has not begun.
    awaited_ = 1;
    leave();
    return;
  }
  place_.expect_next();
  begin();
}

void RawUnary::finish(const grpc::Status& status, const grpc::ByteBuffer& response) {
  auto& queue = place_.queue;
  auto completed = start_here(queue, [&] {
    if (status.ok()) {
      call_.Finish(response, status, finished_.key());
    } else {
      call_.FinishWithError(status, finished_.key());
    }
  });
  if (completed.tag != nullptr) completed.tag->done(completed.ok);
}

void RawUnary::ended(bool /*ok*/) {
  if (context_.IsCancelled()) cancelled();
  leave();
}

void RawUnary::finished(bool /*ok*/) {
  leave();
}

void RawUnary::leave() {
  if (awaited_.fetch_sub(1) != 1) return;
  auto& open = place_.open;
  delete this;
  open.ended();
}

}  // namespace marquee::rpc

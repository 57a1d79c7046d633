#include "libs/rpc/raw_unary.h"

namespace marquee::rpc {

void RawUnary::request_into(grpc::ByteBuffer& request, Tag& arrived) {
  place().request_unary(context(), request, call_, arrived);
}

void RawUnary::finish(const grpc::Status& status, const grpc::ByteBuffer& response) {
  auto& queue = place().queue;
  auto completed = start_here(queue, [&] {
    if (status.ok()) {
      call_.Finish(response, status, finished_tag().key());
    } else {
      call_.FinishWithError(status, finished_tag().key());
    }
  });
  if (completed.tag != nullptr) completed.tag->done(completed.ok);
}

}  // namespace marquee::rpc

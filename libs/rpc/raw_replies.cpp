#include "libs/rpc/raw_replies.h"

namespace marquee::rpc {

void RawReplies::request_into(grpc::ByteBuffer& request, Tag& arrived) {
  place().request_server_stream(context(), request, call_, arrived);
}

void RawReplies::write(const grpc::ByteBuffer& reply, bool follows) {
  grpc::WriteOptions options;
  // The first takes the call's metadata along, and gRPC would wait with those for another write.
  if (follows && begun_) options.set_buffer_hint();
  begun_ = true;
  call_.Write(reply, options, written_.key());
}

void RawReplies::finish(const grpc::Status& status) {
  call_.Finish(status, finished_tag().key());
}

}  // namespace marquee::rpc

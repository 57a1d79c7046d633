// A RawCall that has any number of answers.
#pragma once

#include <grpcpp/support/async_stream.h>

#include "libs/rpc/raw_call.h"

namespace marquee::rpc {

class RawReplies : public RawCall {
 protected:
  using RawCall::RawCall;
  // Both on any thread, one at a time; the call may be gone afterwards. `follows`: another answer
  // is at hand, with which this one may leave. written() is next.
  void write(const grpc::ByteBuffer& reply, bool follows);
  void finish(const grpc::Status& status);
  // There is room for another answer; not `ok`: nobody reads them any more. On a thread of the
  // queue, which it must not block.
  virtual void written(bool ok) = 0;

 private:
  void request_into(grpc::ByteBuffer& request, Tag& arrived) override;

  grpc::ServerAsyncWriter<grpc::ByteBuffer> call_{&context()};
  bool begun_ = false;
  TagOf<RawReplies> written_{*this, &RawReplies::written};
};

}  // namespace marquee::rpc

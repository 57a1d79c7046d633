// A RawCall that has one answer.
#pragma once

#include <grpcpp/support/async_unary_call.h>

#include "libs/rpc/raw_call.h"

namespace marquee::rpc {

class RawUnary : public RawCall {
 protected:
  using RawCall::RawCall;
  // Once; any thread. The call may be gone afterwards.
  void finish(const grpc::Status& status, const grpc::ByteBuffer& response = {});

 private:
  void request_into(grpc::ByteBuffer& request, Tag& arrived) override;

  grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> call_{&context()};
};

}  // namespace marquee::rpc

// One call that came by unary gRPC: taken on a thread of the server's queue, run on its lane,
// answered from there.
#pragma once

#include <optional>

#include "libs/rpc/raw_unary.h"
#include "libs/rpc/received_call.h"

namespace marquee::rpc {

class UnaryCall final : public RawUnary {
 public:
  UnaryCall(const RawService::Place& place, const ServerMethod& method)
      : RawUnary(place), call_(method) {}

 private:
  void begin() override;
  void cancelled() override;
  void run();
  void answer(const std::optional<Error>& error);

  ReceivedCall call_;
  grpc::ByteBuffer response_;
};

}  // namespace marquee::rpc

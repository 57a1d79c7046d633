// One call that came by unary gRPC: taken on a thread of the server's queue, run on its lane,
// answered from there.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "libs/rpc/incoming_call.h"
#include "libs/rpc/raw_unary.h"

namespace marquee::rpc {

class UnaryCall final : public RawUnary {
 public:
  UnaryCall(const RawService::Place& place, const ServerMethod& method);

 private:
  void begin() override;
  void cancelled() override;
  void run();
  void answer(const std::optional<Error>& error);

  const std::shared_ptr<Cancellation> cancellation_ = std::make_shared<Cancellation>();
  std::string request_bytes_;
  std::string request_id_;
  IncomingCall call_;
  grpc::ByteBuffer response_;
};

}  // namespace marquee::rpc

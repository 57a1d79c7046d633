// One call that came by unary gRPC: taken on a gRPC thread, run on its lane, answered from there.
// Deletes itself when gRPC is done with it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <grpcpp/grpcpp.h>

#include "libs/rpc/incoming_call.h"

namespace marquee::rpc {

class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(const ServerMethod& method, grpc::CallbackServerContext& context,
            const grpc::ByteBuffer& request, grpc::ByteBuffer& response);
  // Hands the call to its lane, or refuses it at once.
  void start();

 private:
  void OnCancel() override;
  void OnDone() override { delete this; }
  void run();
  void finish(const std::optional<Error>& error);

  grpc::CallbackServerContext& context_;
  grpc::ByteBuffer& response_;
  std::shared_ptr<Cancellation> cancellation_ = std::make_shared<Cancellation>();
  std::string request_;
  std::string request_id_;
  IncomingCall call_;
};

}  // namespace marquee::rpc

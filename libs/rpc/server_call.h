// One call on its way through the server: parsed on a gRPC thread, run on a lane, answered from
// there. Deletes itself when gRPC is done with it.
#pragma once

#include <string>

#include <grpcpp/grpcpp.h>

#include "libs/rpc/server_method.h"

namespace marquee::rpc {

class ServerCall final : public grpc::ServerUnaryReactor {
 public:
  ServerCall(const ServerMethod& method, grpc::CallbackServerContext& context,
             const grpc::ByteBuffer& request, grpc::ByteBuffer& response);
  // Hands the call to its lane, or refuses it at once.
  void start();

 private:
  void OnDone() override { delete this; }
  void run();
  void fail(const Error& error);
  void finish(const grpc::Status& status);
  void check_access(const Caller& caller) const;

  const ServerMethod& method_;
  grpc::CallbackServerContext& context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer& response_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  Deadline deadline_;
  std::string request_id_;
};

}  // namespace marquee::rpc

// A call that came as a gRPC call of its own, in the form in which it runs on its lane.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>

#include "libs/rpc/incoming_call.h"

namespace marquee::rpc {

struct ReceivedCall {
  explicit ReceivedCall(const ServerMethod& method) { incoming.method = &method; }
  ReceivedCall(const ReceivedCall&) = delete;
  ReceivedCall& operator=(const ReceivedCall&) = delete;

  // Fills in `incoming`, which views into `context` and this.
  void read(const grpc::ServerContext& context, const grpc::ByteBuffer& request);

  const std::shared_ptr<Cancellation> cancellation = std::make_shared<Cancellation>();
  std::string payload;
  std::string request_id;
  IncomingCall incoming;
};

// How such a call ends; what else there is to say of an error is added to what trails.
grpc::Status end_of(grpc::ServerContext& context, const std::optional<Error>& error);

}  // namespace marquee::rpc

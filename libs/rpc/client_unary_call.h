// One plain gRPC call whose answer comes back on the owning thread: for what is too large for a
// stream, in either direction. Made and ended by Replica; everything public is for its thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <grpcpp/channel.h>

#include "libs/rpc/client_call.h"
#include "libs/rpc/live_calls.h"
#include "libs/rpc/loop.h"
#include "libs/rpc/tag.h"

namespace marquee::rpc {

class ClientUnaryCall {
 public:
  // A call as it is, or (`collect` not empty) the fetching of its answer.
  static std::shared_ptr<ClientUnaryCall> start(const std::shared_ptr<grpc::Channel>& channel,
                                                Loop& loop, std::shared_ptr<LiveCalls> live,
                                                const ClientCall& call, std::string_view collect,
                                                std::function<void(Answer&&)> answered);
  // Cancels; `answered` is not called any more.
  void abandon();

  struct Parts;
  explicit ClientUnaryCall(std::unique_ptr<Parts> parts);
  ~ClientUnaryCall();

 private:
  void ended(bool ok);

  std::unique_ptr<Parts> parts_;
  std::shared_ptr<ClientUnaryCall> self_;  // until gRPC is done with it
  TagOf<ClientUnaryCall> ended_{*this, &ClientUnaryCall::ended};
};

}  // namespace marquee::rpc

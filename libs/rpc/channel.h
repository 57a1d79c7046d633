// Calls from one service to another: blocking, from a worker thread, with the deadline and request
// id of the call being answered. Addresses are gRPC targets ("dns:///auth-service:9000"), spread
// round robin over what the name resolves to. Any thread.
//
//   auto users = auth.call<GetUsersReply>("marquee.auth.v1.Directory/GetUsers", request, call);
#pragma once

#include <memory>
#include <string>

#include <google/protobuf/message.h>

#include "libs/rpc/call.h"
#include "libs/rpc/tls.h"

namespace marquee::rpc {

class Channel {
 public:
  // `tls_name`: what the other side's certificate must be good for; empty: the target's host.
  // Throws std::runtime_error naming a TLS file that cannot be used.
  explicit Channel(const std::string& target, const TlsFiles& tls = {},
                   const std::string& tls_name = {});
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // The caller on the other side is this service itself (Caller::service()). UNAVAILABLE is tried
  // once more when `idempotent`. Throws Error with the other side's code, reason and message.
  template <typename Reply>
  Reply call(const std::string& method, const google::protobuf::Message& request,
             const Call& parent, bool idempotent = true) {
    Reply reply;
    invoke(method, request, reply, parent, idempotent);
    return reply;
  }

  // For health checks from scripts: true when grpc.health.v1 says SERVING.
  bool healthy(std::chrono::milliseconds patience);

 private:
  void invoke(const std::string& method, const google::protobuf::Message& request,
              google::protobuf::Message& reply, const Call& parent, bool idempotent);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::rpc

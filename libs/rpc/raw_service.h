// One service of a gRPC server whose messages stay bytes: what generated code's `WithAsyncMethod_X`
// does for one method, here for all of a service, so that reflection lists it and unknown methods
// are refused by gRPC itself. Owned by the Server; outlives the grpc::Server.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>

#include "libs/rpc/tag.h"

namespace marquee::rpc {

// The gRPC calls of a server that gRPC knows of, also those that only wait for a request: its
// queues must not end before them. Any thread.
class OpenCalls {
 public:
  void began();
  // The last that a call does.
  void ended();
  void wait_for_none();

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  std::size_t count_ = 0;
};

class RawService final : public grpc::Service {
 public:
  // Where a call waits for its request, and completes.
  struct Place {
    RawService& service;
    int method;
    grpc::ServerCompletionQueue& queue;
    OpenCalls& open;

    // For the call that waits there: `arrived` is done when its request has come, or never will.
    void request_unary(grpc::ServerContext& context, grpc::ByteBuffer& request,
                       grpc::internal::ServerAsyncStreamingInterface& call, Tag& arrived) const;
    void request_server_stream(grpc::ServerContext& context, grpc::ByteBuffer& request,
                               grpc::internal::ServerAsyncStreamingInterface& call,
                               Tag& arrived) const;
    void request_bidi_stream(grpc::ServerContext& context,
                             grpc::internal::ServerAsyncStreamingInterface& call,
                             Tag& arrived) const;
    // To be called by each call whose request has come: the next one takes its place.
    void expect_next() const;
  };
  // Makes a call that waits at that place.
  using Expect = std::function<void(const Place&)>;

  // Before the server starts. Every method has to be added before the service is registered.
  void add(const std::string& path, grpc::internal::RpcMethod::RpcType type, Expect expect);
  void add_unary(const std::string& path, Expect expect) {
    add(path, grpc::internal::RpcMethod::NORMAL_RPC, std::move(expect));
  }
  // From now on a call of each method waits on each queue.
  void listen(const std::vector<grpc::ServerCompletionQueue*>& queues, OpenCalls& open);

 private:
  struct Method {
    std::string path;  // gRPC keeps a pointer
    Expect expect;
  };
  std::vector<std::unique_ptr<Method>> methods_;
};

}  // namespace marquee::rpc

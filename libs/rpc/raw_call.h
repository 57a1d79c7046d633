// One gRPC call of a server that has one request, as bytes, from before that comes until gRPC is
// done with the call: then it deletes itself. Made on the heap, by a RawService's Expect.
#pragma once

#include <atomic>

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>

#include "libs/rpc/raw_service.h"
#include "libs/rpc/tag.h"

namespace marquee::rpc {

class RawCall {
 public:
  explicit RawCall(const RawService::Place& place) : place_(place) {}
  RawCall(const RawCall&) = delete;
  RawCall& operator=(const RawCall&) = delete;
  // Waits for a request.
  void expect();

 protected:
  virtual ~RawCall() = default;
  // Has gRPC wait for a request of the kind.
  virtual void request_into(grpc::ByteBuffer& request, Tag& arrived) = 0;
  // These are on a thread of the queue, which they must not block. The request has come:
  virtual void begin() = 0;
  // Nobody waits for the answer any more.
  virtual void cancelled() {}

  const RawService::Place& place() const { return place_; }
  grpc::ServerContext& context() { return context_; }
  const grpc::ByteBuffer& request() const { return request_; }
  // Of the operation that finishes the call, which must be the last, and happen once.
  Tag& finished_tag() { return finished_; }

 private:
  void arrived(bool ok);
  void ended(bool ok);
  void finished(bool ok);
  void leave();

  const RawService::Place place_;
  grpc::ServerContext context_;
  grpc::ByteBuffer request_;
  std::atomic<int> awaited_{2};  // ended() and finished()

  TagOf<RawCall> arrived_{*this, &RawCall::arrived};
  TagOf<RawCall> ended_{*this, &RawCall::ended};
  TagOf<RawCall> finished_{*this, &RawCall::finished};
};

}  // namespace marquee::rpc

// One unary gRPC call of a server as bytes, from before its request comes until gRPC is done with
// it: then it deletes itself. Made on the heap, by a RawService's Expect.
#pragma once

#include <atomic>

#include <grpcpp/server_context.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/byte_buffer.h>

#include "libs/rpc/raw_service.h"
#include "libs/rpc/tag.h"

namespace marquee::rpc {

class RawUnary {
 public:
  explicit RawUnary(const RawService::Place& place);
  RawUnary(const RawUnary&) = delete;
  RawUnary& operator=(const RawUnary&) = delete;
  // Waits for a request.
  void expect();

 protected:
  virtual ~RawUnary() = default;
  // Both on a thread of the queue, which they must not block. The request has come:
  virtual void begin() = 0;
  // Nobody waits for the answer any more.
  virtual void cancelled() {}

  // Once; any thread. The call may be gone afterwards.
  void finish(const grpc::Status& status, const grpc::ByteBuffer& response = {});
  grpc::ServerContext& context() { return context_; }
  const grpc::ByteBuffer& request() const { return request_; }

 private:
  void arrived(bool ok);
  void ended(bool ok);
  void finished(bool ok);
  void leave();

  const RawService::Place place_;
  grpc::ServerContext context_;
  grpc::ByteBuffer request_;
  grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> call_{&context_};
  std::atomic<int> awaited_{2};  // ended() and finished()

  TagOf<RawUnary> arrived_{*this, &RawUnary::arrived};
  TagOf<RawUnary> ended_{*this, &RawUnary::ended};
  TagOf<RawUnary> finished_{*this, &RawUnary::finished};
};

}  // namespace marquee::rpc

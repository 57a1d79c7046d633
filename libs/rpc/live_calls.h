// The gRPC calls that gRPC's threads still know of, so that whoever ends can wait for their end and
// cut them off. Shared by all streams and unary calls of one owner. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <unordered_set>

namespace grpc {
class ClientContext;
}

namespace marquee::rpc {

class LiveCalls {
 public:
  void add(grpc::ClientContext& context);
  // The last that a call does.
  void remove(grpc::ClientContext& context);
  // Gives them `patience` to end by themselves, then cancels what is left, and waits for that.
  void end(std::chrono::milliseconds patience);

 private:
  std::mutex mutex_;
  std::condition_variable none_left_;
  std::unordered_set<grpc::ClientContext*> contexts_;
};

}  // namespace marquee::rpc

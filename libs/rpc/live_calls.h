// The gRPC calls that gRPC's threads still know of, so that whoever ends can wait for their end and
// cut them off. Shared by all streams and unary calls of one owner. Any thread.
//
// Also where calls go to die: gRPC 1.51 frees its completion queue under its own thread when that
// thread lets go of the last channel, so a call that has ended, and its channel with it, is
// destroyed by a thread of the owner.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

namespace grpc {
class ClientContext;
}

namespace marquee::rpc {

class LiveCalls {
 public:
  void add(grpc::ClientContext& context);
  // The last that a call does on gRPC's thread: gives `call`, the reference that kept it, away.
  void remove(grpc::ClientContext& context, std::shared_ptr<void> call);
  // Destroys what has ended. Not on gRPC's threads.
  void bury();
  // Gives them `patience` to end by themselves, then cancels what is left, and waits for that. Not
  // on gRPC's threads.
  void end(std::chrono::milliseconds patience);

 private:
  std::mutex mutex_;
  std::condition_variable none_left_;
  std::unordered_set<grpc::ClientContext*> contexts_;
  std::vector<std::shared_ptr<void>> ended_;
};

}  // namespace marquee::rpc

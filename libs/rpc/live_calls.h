// The gRPC calls of one owner, streams and unary ones, from their start until gRPC is done with
// them: so that whoever ends can wait for their end and cut them off. Says on which queue they
// complete, and keeps its Poller. Any thread.
//
// Also where calls go to die: the last that knows of a call, its channel and this may be a thread
// of the Poller, which could not end itself, so a call is destroyed by a thread of the owner.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "libs/rpc/poller.h"

namespace grpc {
class ClientContext;
}

namespace marquee::rpc {

class LiveCalls {
 public:
  // A program has one Poller for all its owners of calls. Null: one of its own.
  explicit LiveCalls(std::shared_ptr<Poller> poller = nullptr);

  // Where the next call is to complete.
  grpc::CompletionQueue& queue() { return poller_->queue(); }
  void add(grpc::ClientContext& context);
  // The last that a call does on the Poller's thread: gives `call`, the reference that kept it,
  // away.
  void remove(grpc::ClientContext& context, std::shared_ptr<void> call);
  // Destroys what has ended. Not on the Poller's threads.
  void bury();
  // Gives them `patience` to end by themselves, then cancels what is left, and waits for that. Not
  // on the Poller's threads.
  void end(std::chrono::milliseconds patience);

 private:
  const std::shared_ptr<Poller> poller_;
  std::mutex mutex_;
  std::condition_variable none_left_;
  std::unordered_set<grpc::ClientContext*> contexts_;
  std::vector<std::shared_ptr<void>> ended_;
};

}  // namespace marquee::rpc

// One server-streaming gRPC call, whose replies come to the owning thread as far as it takes them:
// a reader that is slow slows down the server, and kUnreadBytesMax, and what gRPC holds besides, is
// all that waits for it. Made and ended by Replica; everything public is for its thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <grpcpp/channel.h>

#include "libs/rpc/client_call.h"
#include "libs/rpc/live_calls.h"
#include "libs/rpc/loop.h"
#include "libs/rpc/tag.h"

namespace marquee::rpc {

class ClientStreamedCall {
 public:
  static constexpr std::size_t kUnreadBytesMax = 64 * 1024;

  // For the owner of a call; both run within a job of the loop.
  class Events {
   public:
    virtual void on_replies(std::vector<std::string>&& replies) = 0;
    // After all replies; the answer has none. Nothing comes any more.
    virtual void on_end(Answer&& answer) = 0;
    virtual ~Events() = default;
  };

  static std::shared_ptr<ClientStreamedCall> start(const std::shared_ptr<grpc::Channel>& channel,
                                                   Loop& loop, std::shared_ptr<LiveCalls> live,
                                                   const ClientCall& call,
                                                   std::unique_ptr<Events> events);
  // That much of what has come has been dealt with: as much may come.
  void taken(std::size_t bytes);
  // Cancels; nothing comes any more.
  void abandon();

  struct Parts;
  explicit ClientStreamedCall(std::unique_ptr<Parts> parts);
  ~ClientStreamedCall();

 private:
  void started(bool ok);
  void asked(bool ok);
  void was_read(bool ok);
  void ended(bool ok);
  void read_next();
  void finish();
  void hand_over();

  std::unique_ptr<Parts> parts_;
  std::shared_ptr<ClientStreamedCall> self_;  // until gRPC is done with it
  std::unique_ptr<Events> events_;            // of the owning thread; null: abandoned, or ended

  std::mutex mutex_;
  std::vector<std::string> unread_;
  std::size_t untaken_bytes_ = 0;
  bool paused_ = false;     // no read is on its way
  bool handing_ = false;    // a job of the loop is
  bool abandoned_ = false;  // what is read is dropped, without a pause

  TagOf<ClientStreamedCall> started_{*this, &ClientStreamedCall::started};
  TagOf<ClientStreamedCall> asked_{*this, &ClientStreamedCall::asked};
  TagOf<ClientStreamedCall> was_read_{*this, &ClientStreamedCall::was_read};
  TagOf<ClientStreamedCall> ended_{*this, &ClientStreamedCall::ended};
};

}  // namespace marquee::rpc

// One call of a server-streaming RPC. Its replies are made in turns on the method's lane, each turn
// when those of the one before are on their way: a reader that is slow holds up no thread, and
// makes nothing pile up but what one turn makes.
#pragma once

#include <deque>
#include <optional>

#include "libs/rpc/raw_replies.h"
#include "libs/rpc/received_call.h"

namespace marquee::rpc {

class StreamedCall final : public RawReplies {
 public:
  StreamedCall(const RawService::Place& place, const ServerMethod& method)
      : RawReplies(place), call_(method) {}

 private:
  void begin() override;
  void cancelled() override;
  void written(bool ok) override;

  void next_turn();
  void run_turn();
  // Writes what is at hand, or goes on.
  void go_on();
  void end(const std::optional<Error>& error);

  ReceivedCall call_;
  StreamTurns turns_;
  // Of one thread at a time: the lane's during a turn, the queue's from there to the next.
  std::deque<grpc::ByteBuffer> outgoing_;
};

}  // namespace marquee::rpc

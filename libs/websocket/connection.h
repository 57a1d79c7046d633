// A WebSocket connection behind its handshake (RFC 6455, the server's side, no extensions). What is
// sent in one turn of the loop leaves in one write; frames are shared, not copied. A client that
// takes its bytes slower than they come is told apart by its queue (libs/websocket/send_queue.h):
// it is not read from while it is behind, and closed with 4408 when the queue is full or stands
// still.
//
// Kept by itself while the socket is open, so that a listener may let go of it any time; one
// thread, that of its loop. Security posture: all that comes is hostile
// (libs/websocket/message_reader.h); memory is bounded by the limits.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string_view>

#include "libs/websocket/loop.h"
#include "libs/websocket/message_reader.h"
#include "libs/websocket/send_queue.h"
#include "libs/websocket/stream.h"

namespace marquee::websocket {

class Connection final : public std::enable_shared_from_this<Connection>,
                         private Loop::Alarm,
                         private Loop::Flushed,
                         private Loop::Guest,
                         public StreamWaiter {
 public:
  struct Limits {
    MessageReader::Limits messages;
    SendQueue::Limits queue;
    std::chrono::milliseconds stall_max{5'000};       // without a byte taken
    std::chrono::milliseconds close_time_max{3'000};  // for the peer to answer a close
    std::string_view slow_reason = "slow";            // sent with 4408; outlives the connections
  };

  class Listener {
   public:
    // `data` is valid during the call.
    virtual void on_message(std::string_view data, bool binary) = 0;
    virtual void on_pong(std::string_view) {}
    // The last call; not for a close() of one's own. Never from within send().
    virtual void on_closed(CloseCode code) = 0;

   protected:
    ~Listener() = default;
  };

  // `limits` and `listener` outlive it (the listener: until on_closed() or close()).
  Connection(Loop& loop, std::unique_ptr<Stream> stream, const Limits& limits, Listener& listener);
  ~Connection() override;

  // `early`: bytes that came behind the handshake.
  void start(std::string_view early);
  // Nothing happens once it closes. Several: one behind the other, or none.
  void send(FramePtr frame, Delivery delivery = {}) { send({&frame, 1}, delivery); }
  void send(std::span<const FramePtr> frames, Delivery delivery = {});
  // After what was sent; the listener hears no more.
  void close(CloseCode code, std::string_view reason);
  std::size_t queued_bytes() const { return queue_.bytes(); }

 private:
  using Time = Loop::Time;
  enum class State : std::uint8_t {
    kOpen,
    kClosing,  // our close was sent, the peer's is waited for
    kEnding,   // all is said, the peer is to end the connection
    kDone,
  };

  void on_readable() override;
  void on_writable() override;
  void on_alarm(Time now) override;
  void flush() override;
  void cut_off() override;

  void digest(char* bytes, std::size_t size);
  void read_on();
  void flush_soon();
  void write();
  void peer_closed(CloseCode code);
  void fail(CloseCode code, std::string_view reason);
  void lost();
  void tell_closed(CloseCode code);
  void end_when_written();
  void finish();

  Loop& loop_;
  const std::unique_ptr<Stream> stream_;
  const Limits& limits_;
  Listener* listener_;  // null: hears no more
  MessageReader reader_;
  SendQueue queue_;
  Time progress_{};  // since when nothing was taken
  State state_ = State::kOpen;
  bool dirty_ = false;
  bool full_ = false;  // to be closed at the end of the turn
  bool waits_to_read_ = false;
  bool waits_to_write_ = false;
  bool ended_writing_ = false;
};

}  // namespace marquee::websocket

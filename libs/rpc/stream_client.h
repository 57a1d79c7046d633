// One call stream to one replica, from its opening to its end: what is in flight on it, what waits
// to be sent, and nothing of other streams. Calls that are started in one turn of the loop leave in
// one message; while a message is on its way the next one gathers.
//
// Owned by a Replica, on one thread. Every call that was started ends exactly once, by
// a word to the Listener, unless it is dropped before.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/rpc/client_call.h"
#include "libs/rpc/stream_frames.h"
#include "libs/rpc/stream_transport.h"

namespace marquee::rpc {

class StreamClient final : public std::enable_shared_from_this<StreamClient>,
                           private StreamTransport::Events {
 public:
  class Listener {
   public:
    virtual void stream_opened(StreamClient& stream) = 0;
    virtual void stream_draining(StreamClient& stream) = 0;
    virtual void stream_pong(StreamClient& stream, std::uint64_t value) = 0;
    // What was in flight ends right afterwards.
    virtual void stream_closed(StreamClient& stream) = 0;
    virtual void call_ended(ClientCall& call, Answer&& answer) = 0;
    virtual void call_broken(ClientCall& call) = 0;
    // The service has not seen it.
    virtual void call_unsent(ClientCall& call) = 0;
    virtual void call_collects(StreamClient& stream, ClientCall& call, std::string_view name) = 0;

   protected:
    ~Listener() = default;
  };

  static constexpr std::size_t kQueueBytesMax = 8 * 1024 * 1024;
  // What goes by unary gRPC where the server has said nothing else yet.
  static constexpr std::size_t kPayloadBytesMax = 256 * 1024;

  StreamClient(std::shared_ptr<grpc::Channel> channel, Loop& loop, std::shared_ptr<LiveCalls> live,
               Listener& listener);
  ~StreamClient();
  // Begins to connect.
  void open();

  bool has_room() const;
  bool fits(std::size_t payload_bytes) const { return payload_bytes <= payload_bytes_max_; }
  // `call.place` is filled in. Only where has_room() and fits().
  void start(ClientCall& call);
  // Forgets it, and tells the server.
  void drop(ClientCall& call);
  void ping(std::uint64_t value);
  // Takes no more calls; half-closes after the last answer.
  void retire();
  // Ends everything now, as if the connection had broken.
  void break_off();
  // Half-closes without a word to its listener: nothing may be in flight.
  void leave();

  bool opened() const { return state_ == State::kOpen; }
  // Was, or is.
  bool greeted() const { return greeted_; }
  bool closed() const { return state_ == State::kClosed; }
  bool retired() const { return retired_; }
  std::size_t in_flight() const { return in_flight_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  enum class State : std::uint8_t { kConnecting, kOpen, kClosed };
  struct Slot {
    std::uint64_t id = 0;  // 0: free
    ClientCall* call = nullptr;
  };

  void on_message(std::string_view bytes) override;
  void on_writable() override;
  void on_end() override;

  bool read_item(ServerFramesReader& reader, ServerFramesReader::Item item);
  bool greet(const HelloFrame& hello);
  bool end_call(const EndFrame& end);
  void send_waiting();
  void send(ClientCall& call);
  std::string& outgoing(std::size_t more);
  void flush_later();
  void flush();
  ClientCall* take(std::uint64_t id);
  void half_close_if_done();
  void half_close();

  const std::shared_ptr<grpc::Channel> channel_;
  Loop& loop_;
  const std::shared_ptr<LiveCalls> live_;
  Listener& listener_;
  std::shared_ptr<StreamTransport> transport_;
  std::weak_ptr<StreamTransport> leaving_;  // half-closed, the server's end is awaited
  State state_ = State::kConnecting;
  bool greeted_ = false;
  bool retired_ = false;
  bool flush_posted_ = false;

  std::size_t calls_max_;
  std::size_t payload_bytes_max_ = kPayloadBytesMax;
  std::vector<Slot> slots_;  // by the low bits of an id
  std::vector<std::uint32_t> free_slots_;
  std::size_t in_flight_ = 0;
  std::uint64_t ids_made_ = 0;
  std::uint64_t last_sent_ = 0;
  std::deque<std::uint64_t> waiting_;  // ids, for the Hello

  std::deque<std::string> chunks_;  // messages to be
  std::size_t queued_bytes_ = 0;
};

}  // namespace marquee::rpc

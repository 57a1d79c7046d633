// One Engine.IO session: packets in, packets out, on HTTP polling, on a WebSocket, or moving from
// the one to the other, which may be elsewhere: there another session of the same sid goes on with
// what hand_over() gave away. Knows no socket, no clock and no HTTP: who owns it passes on what
// came, answers what it is asked to, and calls on_time() at deadline(). So it runs in virtual time.
//
// One thread. Kept by its owner until gone() is true, and during every call: no call deletes it.
// Security posture: everything that comes is hostile; what breaks the protocol closes the session.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libs/engine_io/packet.h"
#include "libs/engine_io/settings.h"
#include "libs/websocket/frame.h"
#include "libs/websocket/send_queue.h"

namespace marquee::engine_io {

// A GET that waits for packets.
class Poll {
 public:
  // Once: 200 with this body, which is valid during the call. Must not call the session.
  virtual void answer(std::string_view body) = 0;

 protected:
  ~Poll() = default;
};

// The WebSocket of a session.
class Socket {
 public:
  virtual void send(std::span<const websocket::FramePtr> frames, websocket::Delivery delivery) = 0;
  // After what was sent. The session hears no more of it. Neither calls the session from within.
  virtual void close(websocket::CloseCode code) = 0;

 protected:
  ~Socket() = default;
};

enum class CloseReason : std::uint8_t {
  kByClient,  // it said so, or its transport went away
  kByServer,  // close() was called
  kPingTimeout,
  kProtocolError,
  kSlow,  // it did not take what it was sent
};

class Session {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Frames = std::span<const websocket::FramePtr>;

  class Listener {
   public:
    virtual ~Listener() = default;
    // `data` is valid during the call. The listener may send and close.
    virtual void on_message(std::string_view data, bool binary) = 0;
    // The last call; not for a close() of one's own, never from within send().
    virtual void on_closed(CloseReason reason) = 0;
    // The WebSocket that was offered has become the transport, or has gone before.
    virtual void on_upgrade(bool) {}
    // Called at its deadline, too.
    virtual Time deadline() const { return Time::max(); }
    virtual void on_time(Time) {}
  };

  // The client gets opening() as the answer to its first GET, or is told by open(). `settings`
  // outlives it; the listener until it was told the end or closed it.
  Session(std::string sid, const Settings& settings, Listener& listener, Time now);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  std::string opening() const;
  // On a WebSocket from the start.
  void open(Socket& socket);

  // False: 400. A second GET while one waits closes the session.
  [[nodiscard]] bool poll(Poll& poll);
  // The client cut its GET, which is not to be answered any more.
  void poll_gone(Poll& poll);
  // Around the time in which a POST's body is read; false: 400, without end_post(). A second POST
  // meanwhile closes the session.
  [[nodiscard]] bool begin_post();
  void end_post() { posting_ = false; }
  // The body of a POST. False: 400.
  [[nodiscard]] bool post(std::string_view body, Time now);
  // A body was larger than may be: 413.
  void post_too_large() { end(CloseReason::kProtocolError); }

  // A WebSocket for a session that polls. False: close that socket.
  [[nodiscard]] bool upgrade(Socket& socket, Time now);
  void socket_message(Socket& socket, std::string_view data, bool binary, Time now);
  void socket_closed(Socket& socket, bool slow);
  // Of a session whose client has been told to move: ends it here without a word, and returns what
  // waits for its client, as the body of a poll. Nothing: it is not so far, or not that small.
  std::optional<std::string> hand_over(std::size_t bytes_max);
  // Goes on with that on the WebSocket that it has.
  void take_over(std::string_view body, Time now);

  // Message frames (text_message(), binary_message()): all or none, one behind the other.
  void send(Frames frames, websocket::Delivery delivery);
  void send(websocket::FramePtr frame) { send({&frame, 1}, {}); }
  // `code`: said to a WebSocket.
  void close(websocket::CloseCode code = websocket::CloseCode::kNormal);

  // When to call on_time(), if nothing else happens.
  Time deadline() const;
  void on_time(Time now);

  const std::string& sid() const { return sid_; }
  bool is_open() const { return state_ == State::kOpen; }
  bool on_websocket() const { return socket_ != nullptr; }
  // Nobody will ask for it any more.
  bool gone() const { return state_ == State::kGone; }

 private:
  enum class State : std::uint8_t {
    kOpen,
    kClosing,  // the next poll is told
    kGone,
  };

  bool take(const Packet& packet, Time now);
  void probe_message(std::string_view data, Time now);
  void move_to_probe();
  void drop_probe();
  void queue_polled(Frames frames, websocket::Delivery delivery);
  void answer_poll();
  void answer_poll_with(std::string_view body);
  void probe_ended();
  void end(CloseReason reason, websocket::CloseCode code = websocket::CloseCode::kNormal);

  const std::string sid_;
  const Settings& settings_;
  Listener* listener_;
  State state_ = State::kOpen;
  bool posting_ = false;
  bool probed_ = false;       // the probe was answered: the socket will take over
  bool awaits_pong_ = false;  // and heartbeat_ is its time-out
  bool full_ = false;
  Poll* poll_ = nullptr;
  Socket* socket_ = nullptr;
  Socket* probe_ = nullptr;     // not yet the transport
  websocket::SendQueue queue_;  // while there is no socket
  Time heartbeat_;              // the next ping, or the end of waiting
  Time probe_end_ = Time::max();
  Time noop_ = Time::max();
};

}  // namespace marquee::engine_io

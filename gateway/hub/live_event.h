// One live event on its way to sockets: its JSON, and for each kind of socket the frames that say
// it, encoded when the first socket of that kind needs them and then shared by all. Several that
// were published together may be made one, so that their sockets handle one. Immutable; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/hub/live_types.h"
#include "libs/websocket/frame.h"
#include "libs/websocket/send_queue.h"

namespace marquee::gateway {

class LiveEvent {
 public:
  // Of a serialised marquee.api.LiveMessage; `sequence`: its number in the stream that keeps it,
  // or 0. Null, and told of in the log, when it cannot be read.
  static std::shared_ptr<const LiveEvent> read(const LiveTypes& types, std::string_view message,
                                               std::uint64_t sequence);
  // Of the gateway itself, to all that have joined `topic`. `json`: its data.
  static std::shared_ptr<const LiveEvent> make(std::string topic, std::string event,
                                               std::string json);

  // Of a topic's events that must arrive, in their order: at least two.
  static std::shared_ptr<const LiveEvent> together(
      std::span<const std::shared_ptr<const LiveEvent>> events);

  const std::string& topic() const { return topic_; }
  // Of several the last.
  std::uint64_t sequence() const { return sequence_; }
  websocket::Delivery delivery() const { return delivery_; }
  std::size_t bytes() const { return json_.size(); }

  // On a native WebSocket.
  const websocket::FramePtr& native() const;
  // On Socket.IO, in the main namespace, Engine.IO's type in front. Behind what must arrive comes
  // the number from which a client may go on after a break (`offset`).
  const websocket::FramePtr& socket_io() const;

 private:
  LiveEvent() = default;

  struct Encoded {
    std::once_flag once;
    websocket::FramePtr frame;
  };
  using Frames = std::vector<websocket::FramePtr>;
  Frames native_frames() const;
  Frames socket_io_frames() const;
  websocket::FramePtr joined(Frames (LiveEvent::*frames_of)() const) const;

  std::string topic_;
  std::vector<std::string> events_;
  std::string json_;
  std::vector<std::shared_ptr<const LiveEvent>> parts_;  // of several: all but the topic is theirs
  std::uint64_t sequence_ = 0;
  websocket::Delivery delivery_;
  mutable Encoded native_;
  mutable Encoded socket_io_;
};

// With the quotes and escapes of JSON; `""` when it is not UTF-8.
std::string json_text(std::string_view text);
// The frame that says an event on a native WebSocket; `json`: its data.
websocket::FramePtr native_event(std::string_view event, std::string_view json);

// The event by which a Socket.IO client learns from where it may go on: its last argument is a
// string, which official clients remember and send with the `pid`.
inline constexpr std::string_view kOffsetEvent = "offset";

}  // namespace marquee::gateway

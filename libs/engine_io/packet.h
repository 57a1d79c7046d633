// Engine.IO v4 packets as they travel: one a frame on WebSocket, joined by 0x1E in an HTTP body
// (libs/engine_io/payload.h). Pure functions over memory; any thread.
//
// Security posture: hostile bytes. What is not exactly a packet is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/websocket/frame.h"

namespace marquee::engine_io {

enum class PacketType : std::uint8_t {
  kOpen,
  kClose,
  kPing,
  kPong,
  kMessage,
  kUpgrade,
  kNoop,
};

struct Packet {
  PacketType type = PacketType::kNoop;
  bool binary = false;    // of a message
  std::string_view data;  // a view into what was decoded
};

// Of a text frame, or of a record that is not binary.
std::optional<Packet> decode_text(std::string_view text);

// A message of text; its parts follow each other. The payload of the frame is the polling record
// too.
inline websocket::FramePtr text_message(std::string_view text) {
  return websocket::Frame::text({"4", text});
}
inline websocket::FramePtr binary_message(std::string_view bytes) {
  return websocket::Frame::binary(bytes);
}

// Frames that say the same to everybody, shared.
// By which a client tries a WebSocket.
inline constexpr std::string_view kProbe = "2probe";

const websocket::FramePtr& ping_frame();
const websocket::FramePtr& noop_frame();
const websocket::FramePtr& probe_answer_frame();

}  // namespace marquee::engine_io

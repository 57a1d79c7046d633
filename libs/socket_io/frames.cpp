#include "libs/socket_io/frames.h"

namespace marquee::socket_io {

using websocket::Frame;
using websocket::FramePtr;

FramePtr frame_of(const Outgoing& packet) {
  static thread_local std::string text;
  constexpr std::size_t kKeptBytes = 64 * 1024;
  text.assign(1, '4');
  encode(packet, text);
  FramePtr frame = Frame::text({text});
  if (text.capacity() > kKeptBytes) std::string().swap(text);
  return frame;
}

std::vector<FramePtr> frames_of(Outgoing packet, std::span<const std::string> attachments) {
  const bool event = packet.type == PacketType::kEvent || packet.type == PacketType::kBinaryEvent;
  if (attachments.empty()) {
    packet.type = event ? PacketType::kEvent : PacketType::kAck;
  } else {
    packet.type = event ? PacketType::kBinaryEvent : PacketType::kBinaryAck;
  }
  packet.attachments = attachments.size();
  std::vector<FramePtr> frames;
  frames.reserve(1 + attachments.size());
  frames.push_back(frame_of(packet));
  for (const std::string& bytes : attachments) frames.push_back(Frame::binary(bytes));
  return frames;
}

}  // namespace marquee::socket_io

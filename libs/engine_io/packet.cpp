#include "libs/engine_io/packet.h"

namespace marquee::engine_io {

using websocket::Frame;
using websocket::FramePtr;

std::optional<Packet> decode_text(std::string_view text) {
  if (text.empty() || text[0] < '0' || text[0] > '6') return std::nullopt;
  return Packet{static_cast<PacketType>(text[0] - '0'), false, text.substr(1)};
}

const FramePtr& ping_frame() {
  static const FramePtr frame = Frame::text({"2"});
  return frame;
}

const FramePtr& noop_frame() {
  static const FramePtr frame = Frame::text({"6"});
  return frame;
}

const FramePtr& probe_answer_frame() {
  static const FramePtr frame = Frame::text({"3probe"});
  return frame;
}

}  // namespace marquee::engine_io

// Socket.IO packets as frames that many connections can share: encoded once, with the Engine.IO
// type and the WebSocket header in front (libs/websocket/frame.h). A packet with attachments is
// several frames, to be sent together. Any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "libs/socket_io/packet.h"
#include "libs/websocket/frame.h"

namespace marquee::socket_io {

websocket::FramePtr frame_of(const Outgoing& packet);

// An event or an ack (`type`); what attachments change in it is set here.
std::vector<websocket::FramePtr> frames_of(Outgoing packet,
                                           std::span<const std::string> attachments);

}  // namespace marquee::socket_io

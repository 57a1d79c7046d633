// Puts packets and their attachments together again: Engine.IO messages in, whole packets out. A
// packet without attachments is not copied. Owned by a connection, used by its thread.
//
// Security posture: hostile bytes (libs/socket_io/packet.h); how many attachments a packet may have
// and how many bytes they may hold together is bounded. After kFault the connection is to be
// closed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/socket_io/packet.h"

namespace marquee::socket_io {

class Decoder {
 public:
  struct Limits {
    PacketLimits packet;
    std::size_t attachment_bytes_max = 1'000'000;
  };
  enum class Progress : std::uint8_t { kNeedsMore, kPacket, kFault };

  explicit Decoder(const Limits& limits) : limits_(limits) {}

  Progress take(std::string_view message, bool binary);

  // After kPacket, until the next take(); the views are into that message or into memory here.
  const Packet& packet() const { return packet_; }
  const std::vector<std::string>& attachments() const { return attachments_; }

 private:
  Progress take_attachment(std::string_view bytes);

  const Limits& limits_;
  Packet packet_;
  std::string text_;  // of a packet whose attachments have not all come
  std::vector<std::string> attachments_;
  std::size_t bytes_ = 0;
  bool waiting_ = false;
};

}  // namespace marquee::socket_io

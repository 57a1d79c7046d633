// Socket.IO v5 packets as they travel inside Engine.IO messages: text taken apart without a DOM,
// and text put together. Arguments stay JSON text; what is binary in them is a placeholder, and a
// message of its own. Pure functions; any thread.
//
//   <type>[<attachments>-][<namespace>,][<ack id>][JSON]        2/chat,7["say","hi"]
//
// Security posture: hostile bytes. Everything must be as the protocol has it, the JSON too, nested
// kDepthMax levels at most; placeholders must be those that were announced, each once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace marquee::socket_io {

inline constexpr int kDepthMax = 64;
inline constexpr std::size_t kNamespaceBytesMax = 256;

enum class PacketType : std::uint8_t {
  kConnect,
  kDisconnect,
  kEvent,
  kAck,
  kConnectError,
  kBinaryEvent,
  kBinaryAck,
};

struct Packet {
  PacketType type = PacketType::kEvent;
  std::size_t attachments = 0;
  std::string_view nsp = "/";  // without a query
  std::optional<std::uint64_t> id;
  // Of events, as it stands between quotes, or the digits of a number; escaped when event_escaped.
  std::string_view event;
  bool event_escaped = false;
  // Of events and acks what stands between the brackets (behind the event's name); of the others
  // the JSON, if any.
  std::string_view data;
};

struct PacketLimits {
  std::size_t attachments_max = 10;
};

// Views into `text`. Nothing when it is not a packet that a client may send.
std::optional<Packet> decode(std::string_view text, const PacketLimits& limits);

// Appends the packet. `data` is JSON: of events and acks what stands between the brackets. `event`
// is escaped as needed.
struct Outgoing {
  PacketType type = PacketType::kEvent;
  std::size_t attachments = 0;
  std::string_view nsp = "/";
  std::optional<std::uint64_t> id = std::nullopt;
  std::string_view event = {};
  std::string_view data = {};
};
void encode(const Outgoing& packet, std::string& out);

// Appends the text with the quotes and escapes of JSON.
void append_json_string(std::string_view text, std::string& out);
// The name of an event as it was meant.
std::string event_name(const Packet& packet);

}  // namespace marquee::socket_io

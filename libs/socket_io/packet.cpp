#include "libs/socket_io/packet.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "libs/socket_io/placeholders.h"
#include "libs/transcode/json_reader.h"

namespace marquee::socket_io {

using transcode::JsonReader;
using transcode::JsonType;

namespace {

constexpr std::array<std::string_view, 5> kReservedEvents{"connect", "connect_error", "disconnect",
                                                          "newListener", "removeListener"};

bool is_binary(PacketType type) {
  return type == PacketType::kBinaryEvent || type == PacketType::kBinaryAck;
}

// A number of digits alone, at the front of `text`, which it takes off.
template <typename Number>
bool take_number(std::string_view& text, Number& number) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool starts_with_digit(std::string_view text) {
  return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

bool take_namespace(std::string_view& text, std::string_view& nsp) {
  if (!text.starts_with('/')) return true;
  std::string_view whole = text.substr(0, text.find(','));
  text.remove_prefix(std::min(text.size(), whole.size() + 1));
  nsp = whole.substr(0, whole.find('?'));
  if (nsp.size() > kNamespaceBytesMax) return false;
  return std::all_of(nsp.begin(), nsp.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != '"' && c != '\\' && c != '\x7f';
  });
}

// What the brackets hold, from `in` on; the arguments of an event begin behind its name.
bool read_arguments(std::string_view json, Packet& packet, bool named) {
  JsonReader in(json, kDepthMax);
  if (!in.open_array()) return false;
  Placeholders placeholders(packet.attachments);
  std::size_t begin = in.position();
  if (named) {
    if (!in.next_element()) return false;
    if (in.peek() == JsonType::kString) {
      if (!in.read_string(packet.event, packet.event_escaped)) return false;
    } else if (!in.read_number(packet.event)) {
      return false;
    }
    begin = in.position();
  }
  bool first = true;
  while (in.next_element()) {
    if (named && first) begin = in.position();
    first = false;
    if (!placeholders.skip_value(in)) return false;
  }
  if (in.failed() || !in.finish()) return false;
  if (is_binary(packet.type) && !placeholders.complete()) return false;
  const std::size_t end = json.rfind(']');
  packet.data = first ? std::string_view() : json.substr(begin, end - begin);
  return true;
}

bool is_reserved(const Packet& packet) {
  std::string unescaped;
  std::string_view name = packet.event;
  if (packet.event_escaped) name = unescaped = event_name(packet);
  return std::find(kReservedEvents.begin(), kReservedEvents.end(), name) != kReservedEvents.end();
}

// CONNECT: nothing or an object.
bool read_auth(std::string_view json, Packet& packet) {
  packet.data = json;
  if (json.empty()) return true;
  JsonReader in(json, kDepthMax);
  return in.peek() == JsonType::kObject && in.skip_value() && in.finish();
}

bool read_data(std::string_view json, Packet& packet) {
  switch (packet.type) {
    case PacketType::kConnect:
      return !packet.id && read_auth(json, packet);
    case PacketType::kDisconnect:
      return !packet.id && json.empty();
    case PacketType::kEvent:
    case PacketType::kBinaryEvent:
      return read_arguments(json, packet, true) && !is_reserved(packet);
    case PacketType::kAck:
    case PacketType::kBinaryAck:
      return packet.id && read_arguments(json, packet, false);
    case PacketType::kConnectError:
      break;
  }
  return false;  // a server's alone
}

}  // namespace

std::optional<Packet> decode(std::string_view text, const PacketLimits& limits) {
  if (text.empty() || text[0] < '0' || text[0] > '6') return std::nullopt;
  Packet packet;
  packet.type = static_cast<PacketType>(text[0] - '0');
  text.remove_prefix(1);
  if (is_binary(packet.type)) {
    if (!starts_with_digit(text) || !take_number(text, packet.attachments)) return std::nullopt;
    if (!text.starts_with('-') || packet.attachments > limits.attachments_max) return std::nullopt;
    text.remove_prefix(1);
  }
  if (!take_namespace(text, packet.nsp)) return std::nullopt;
  if (starts_with_digit(text)) {
    std::uint64_t id = 0;
    if (!take_number(text, id)) return std::nullopt;
    packet.id = id;
  }
  if (!read_data(text, packet)) return std::nullopt;
  return packet;
}

void append_json_string(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string event_name(const Packet& packet) {
  if (!packet.event_escaped) return std::string(packet.event);
  std::string name;
  transcode::unescape(packet.event, name);
  return name;
}

void encode(const Outgoing& packet, std::string& out) {
  out += static_cast<char>('0' + static_cast<int>(packet.type));
  if (is_binary(packet.type)) out += std::to_string(packet.attachments) + '-';
  if (packet.nsp != "/") {
    out += packet.nsp;
    out += ',';
  }
  if (packet.id) out += std::to_string(*packet.id);
  const bool event = packet.type == PacketType::kEvent || packet.type == PacketType::kBinaryEvent;
  const bool list =
      event || packet.type == PacketType::kAck || packet.type == PacketType::kBinaryAck;
  if (list) out += '[';
  if (event) {
    append_json_string(packet.event, out);
    if (!packet.data.empty()) out += ',';
  }
  out += packet.data;
  if (list) out += ']';
}

}  // namespace marquee::socket_io

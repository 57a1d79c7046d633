// The HTTP bodies of Engine.IO polling: packets joined by 0x1E, binary ones as `b` and base64.
//
//   PayloadReader in(body);
//   for (Packet packet; in.next(packet);) ...
//   if (in.malformed()) ...
//
// Security posture: hostile bytes; a body is read without an allocation a packet (one buffer for
// all binary ones). One reader belongs to one call.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "libs/engine_io/packet.h"

namespace marquee::engine_io {

inline constexpr char kRecordSeparator = '\x1e';

class PayloadReader {
 public:
  // `body` outlives the reader.
  explicit PayloadReader(std::string_view body) : rest_(body) {}

  // False: that was all, or what comes next is no packet. A packet's data is valid until the next
  // call.
  bool next(Packet& packet);
  bool malformed() const { return malformed_; }

 private:
  std::string_view rest_;
  bool ended_ = false;
  bool malformed_ = false;
  std::string binary_;
};

// Appends one record, with the separator where `out` holds records already.
void append_record(const websocket::Frame& frame, std::string& out);
// How long it will be, with a separator.
std::size_t record_bytes(const websocket::Frame& frame);

}  // namespace marquee::engine_io

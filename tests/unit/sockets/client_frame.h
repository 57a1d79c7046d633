// Frames as a WebSocket client sends them, right and wrong, for tests.
#pragma once

#include <string>
#include <string_view>

namespace marquee::testing {

// `first`: FIN, reserved bits and opcode (0x81: a whole text).
inline std::string client_frame(unsigned first, std::string_view payload, bool masked = true,
                                std::string_view mask = "\x12\x34\x56\x78") {
  std::string frame(1, static_cast<char>(first));
  const unsigned bit = masked ? 0x80 : 0;
  const std::size_t size = payload.size();
  if (size < 126) {
    frame += static_cast<char>(bit | size);
  } else if (size <= 0xffff) {
    frame += static_cast<char>(bit | 126);
    for (int shift = 8; shift >= 0; shift -= 8) frame += static_cast<char>(size >> shift);
  } else {
    frame += static_cast<char>(bit | 127);
    for (int shift = 56; shift >= 0; shift -= 8) frame += static_cast<char>(size >> shift);
  }
  if (!masked) return frame.append(payload);
  frame += mask;
  for (std::size_t i = 0; i < size; ++i) frame += static_cast<char>(payload[i] ^ mask[i % 4]);
  return frame;
}

inline std::string client_close(unsigned code, std::string_view reason = {}) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code)};
  return client_frame(0x88, payload.append(reason));
}

}  // namespace marquee::testing

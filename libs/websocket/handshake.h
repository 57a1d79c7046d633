// The HTTP side of opening a WebSocket (RFC 6455, 4.2). Hostile: any bytes a header may hold.
#pragma once

#include <string>
#include <string_view>

namespace marquee::websocket {

// Whether a Sec-WebSocket-Key may be answered: 16 bytes in base64.
bool is_valid_key(std::string_view key);
// The answer to a valid key, Sec-WebSocket-Accept.
std::string accept_value(std::string_view key);
// The whole head of the answer that opens the socket.
std::string switching_protocols(std::string_view key);

}  // namespace marquee::websocket

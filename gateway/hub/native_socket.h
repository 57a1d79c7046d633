// A native WebSocket: commands and live events as JSON text frames (gateway/hub/native_frame.h for
// what comes; {"event","data"}, {"ack":id,"data"} and {"ack":id,"error"} for what goes). Says
// `connection_response` first, pings every 25 s and gives a client that must have missed nothing
// its `position` with it.
//
// `authenticate` {"token"} and `ping` are its own commands, `resume` {"epoch","offset"} asks for
// what was missed of topics that are joined already; all others are the hub's. Keeps itself until
// it has closed; one thread, that of its core.
#pragma once

#include <memory>

#include "gateway/hub/hub.h"
#include "libs/websocket/connection.h"

namespace marquee::gateway {

// Who asks for a socket, as its handshake said.
struct SocketOwner {
  SocketOwner() = default;  // no aggregate: coroutines take it
  net::ip::address address;
  std::shared_ptr<const rpc::Caller> caller;  // null: nobody
  std::string token;
};

// On the core's thread, behind the answer 101. `early`: what came behind the request.
void open_native_socket(HubCore& core, std::unique_ptr<websocket::Stream> stream,
                        std::string_view early, SocketOwner owner,
                        const websocket::Connection::Limits& limits);

}  // namespace marquee::gateway

// A Socket.IO client, in the main namespace, as a socket of the hub: its events are commands, its
// acks their answers. Identified by `auth.token` of its CONNECT, or by the token of the request
// that opened the session; a token that is there and bad is refused. Says `connection_response`
// when it has joined. One whose connection broke may have its place back for a while
// (gateway/hub/absent_sockets.h).
//
// Owned by its Engine.IO session, as the listener; one thread, that of its core.
#pragma once

#include <memory>

#include "gateway/hub/hub.h"
#include "gateway/hub/native_socket.h"
#include "libs/engine_io/sessions.h"
#include "libs/socket_io/connection.h"

namespace marquee::gateway {

class AbsentSockets;

struct SocketIoParts {
  HubCore& core;
  const socket_io::ConnectionSettings& settings;
  AbsentSockets& absent;
};

// Adds a session to `sessions`, those of the core. `owner`: what the opening request said.
std::shared_ptr<engine_io::LiveSession> open_socket_io_session(const SocketIoParts& parts,
                                                               engine_io::Sessions& sessions,
                                                               std::string sid, SocketOwner owner);

}  // namespace marquee::gateway

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

struct AbsentSocket;

// Where clients come back to.
class Places {
 public:
  // Of the client that knows `pid`, from whichever gateway; nothing when it has none any more.
  virtual net::awaitable<std::optional<AbsentSocket>> take(std::string pid, HubCore& core) = 0;
  virtual void keep(std::string pid, AbsentSocket socket) = 0;

 protected:
  ~Places() = default;
};

struct SocketIoParts {
  HubCore& core;
  const socket_io::ConnectionSettings& settings;
  Places& places;
};

// Adds a session to `sessions`, those of the core. `owner`: what the opening request said.
std::shared_ptr<engine_io::LiveSession> open_socket_io_session(const SocketIoParts& parts,
                                                               engine_io::Sessions& sessions,
                                                               std::string sid, SocketOwner owner);

}  // namespace marquee::gateway

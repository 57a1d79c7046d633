// A Socket.IO client, in the main namespace, as a socket of the hub: its events are commands, its
// acks their answers. Identified by `auth.token` of its CONNECT, or by the token of the request
// that opened the session; a token that is there and bad is refused. Says `connection_response`
// when it has joined. One whose connection broke may have its place back for a while
// (gateway/hub/absent_sockets.h). One whose WebSocket has come to another gateway than its
// session's moves there, with its topics and what waits for it.
//
// Owned by its Engine.IO session, as the listener; one thread, that of its core.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/hub/hub.h"
#include "gateway/hub/native_socket.h"
#include "libs/engine_io/sessions.h"
#include "libs/socket_io/connection.h"

namespace marquee::api {
class MovedSession;
}

namespace marquee::gateway {

struct AbsentSocket;

// Where clients come back to, and where they move from.
class Places {
 public:
  using Moved = marquee::api::MovedSession;

  // Of the client that knows `pid`, from whichever gateway; nothing when it has none any more.
  virtual net::awaitable<std::optional<AbsentSocket>> take(std::string pid, HubCore& core) = 0;
  virtual void keep(std::string pid, AbsentSocket socket) = 0;
  // The session that `sid` names, which ends where it was; nothing when it cannot move.
  virtual net::awaitable<std::optional<Moved>> fetch(std::string sid, HubCore& core) = 0;
  // Its client has not come.
  virtual void give_up(const std::string& sid) = 0;

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
// The same for one that is to come from the gateway that `sid` names: it is fetched when its client
// moves to the WebSocket that is offered next. Of `owner` only the address counts.
std::shared_ptr<engine_io::LiveSession> expect_socket_io_session(const SocketIoParts& parts,
                                                                 engine_io::Sessions& sessions,
                                                                 std::string sid,
                                                                 SocketOwner owner);
// On the session's thread: ends it when its commands have been carried out. `live`: opened or
// expected by the above.
net::awaitable<std::optional<marquee::api::MovedSession>> hand_over_socket_io_session(
    std::shared_ptr<engine_io::LiveSession> live);

}  // namespace marquee::gateway

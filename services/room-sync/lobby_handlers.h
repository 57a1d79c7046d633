// The gRPC surface Lobbies. Nothing is kept: what is said goes to the sockets that are there. Owned
// by RoomSyncService; worker threads.
#pragma once

#include "libs/live/publisher.h"
#include "libs/rpc/server.h"
#include "libs/users/user_directory.h"
#include "marquee/rooms/v1/chat.pb.h"

namespace marquee::rooms {

class LobbyHandlers {
 public:
  LobbyHandlers(users::UserDirectory& users, live::Publisher& live) : users_(users), live_(live) {}

  void bind(rpc::Server& server);

  v1::LobbyResponse join_lobby(const rpc::Call& call, const v1::LobbyRequest& request);
  v1::LobbyResponse leave_lobby(const rpc::Call& call, const v1::LobbyRequest& request);
  v1::LobbyLine send_to_lobby(const rpc::Call& call, const v1::SendToLobbyRequest& request);

 private:
  v1::LobbyResponse announce(const rpc::Call& call, const v1::LobbyRequest& request,
                             const char* status);
  // Of the caller's account; nothing without one, or while nobody can be asked.
  std::optional<std::string> name_of(const rpc::Call& call);

  users::UserDirectory& users_;
  live::Publisher& live_;
};

}  // namespace marquee::rooms

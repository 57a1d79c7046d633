// The room-sync service put together: store, presence, handlers. Lives as long as its server; made
// and destroyed on the main thread.
#pragma once

#include <memory>

#include "libs/rpc/service_app.h"
#include "services/room-sync/config.h"

namespace marquee::rooms {

class ChatHandlers;
class LobbyHandlers;

class RoomSyncService : public rpc::ServiceParts {
 public:
  // Binds every RPC to `parts.server`, which is started afterwards.
  RoomSyncService(const Config& config, rpc::Parts& parts);
  ~RoomSyncService() override;

  // What the RPCs are bound to; tests call them without a network.
  ChatHandlers& chat();
  LobbyHandlers& lobbies();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::rooms

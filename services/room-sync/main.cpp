#include "libs/rpc/service_app.h"
#include "services/room-sync/config.h"
#include "services/room-sync/room_sync_service.h"

using namespace marquee;

int main(int argc, char** argv) {
  rooms::Config config;
  rpc::ServiceApp app("room-sync-service", "MARQUEE_ROOMS_", "Chat rooms, lobbies, presence.");
  config.add_to(app.options());
  return app.run(argc, argv, [&](rpc::Parts& parts) {
    return std::make_unique<rooms::RoomSyncService>(config, parts);
  });
}

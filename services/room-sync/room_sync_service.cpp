#include "services/room-sync/room_sync_service.h"

#include "libs/events/consumer.h"
#include "libs/events/event_metrics.h"
#include "libs/ops/live_registry.h"
#include "libs/rpc/channel.h"
#include "services/room-sync/chat_handlers.h"
#include "services/room-sync/lobby_handlers.h"
#include "services/room-sync/user_deletions.h"

namespace marquee::rooms {
namespace {

presence::BookSettings chat_topics() {
  presence::BookSettings settings;
  settings.kinds = {"chat:"};
  return settings;
}

}  // namespace

struct RoomSyncService::Impl {
  Impl(const Config& config, rpc::Parts& parts)
      : auth(config.auth_target, config.auth_tls),
        store(parts.database),
        users(auth, config.user_ttl),
        live(parts.bus),
        changes(parts.bus, {users.drop()}),
        presence(parts.bus, chat_topics()),
        deletions(parts.database, parts.bus, kDeletionsConsumer, events::kUserDeleted.name,
                  deletion_handlers(changes, live), parts.events),
        chat(store, users, presence, live, changes, clock),
        lobbies(users, live) {}

  const Clock clock;
  rpc::Channel auth;
  ChatStore store;
  users::UserDirectory users;
  live::Publisher live;
  invalidation::ChangeFeed changes;
  presence::Keeper presence;
  events::Consumer deletions;
  ChatHandlers chat;
  LobbyHandlers lobbies;
};

RoomSyncService::RoomSyncService(const Config& config, rpc::Parts& parts)
    : impl_(std::make_unique<Impl>(config, parts)) {
  impl_->chat.bind(parts.server);
  impl_->lobbies.bind(parts.server);
  events::add_metrics(parts.registry, impl_->deletions);
  parts.registry.add([impl = impl_.get()](ops::Scrape& scrape) { impl->users.read(scrape); });
}

RoomSyncService::~RoomSyncService() = default;

ChatHandlers& RoomSyncService::chat() {
  return impl_->chat;
}
LobbyHandlers& RoomSyncService::lobbies() {
  return impl_->lobbies;
}

}  // namespace marquee::rooms

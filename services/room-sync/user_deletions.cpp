#include "services/room-sync/user_deletions.h"

#include "libs/core/log.h"
#include "marquee/events/v1/users.pb.h"
#include "marquee/rooms/v1/chat.pb.h"
#include "services/room-sync/chat_rules.h"
#include "services/room-sync/chat_store.h"

namespace marquee::rooms {
namespace {

// Older lines are on no screen.
constexpr std::size_t kToldMax = 200;

void tell(live::Publisher& live, const std::vector<RemovedLine>& removed) {
  for (std::size_t i = 0; i < removed.size() && i < kToldMax; ++i) {
    v1::ChatLineDeleted deleted;
    deleted.set_id(removed[i].id);
    deleted.set_room(removed[i].room);
    live.publish(chat_topic(removed[i].room), deleted);
  }
}

}  // namespace

events::Handlers deletion_handlers(invalidation::ChangeFeed& changes, live::Publisher& live) {
  events::Handlers handlers;
  handlers.on(events::kUserDeleted, [&changes, &live](db::Tx& tx, const events::StoredEvent& event,
                                                      const events::v1::UserDeleted&) {
    auto removed = remove_lines_of(tx, event.subject);
    tx.after_commit([&changes, &live, removed = std::move(removed), user = event.subject] {
      invalidation::Tags tags = {"user:" + std::to_string(user)};
      for (auto room : kChatRooms) tags.push_back(chat_topic(room));
      changes.publish(tags);
      tell(live, removed);
      log::info("deleted user followed", {{"user", user}});
    });
  });
  return handlers;
}

}  // namespace marquee::rooms

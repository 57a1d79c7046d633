#include "services/movie/user_deletions.h"

#include "libs/core/log.h"
#include "marquee/events/v1/users.pb.h"
#include "services/movie/user_deletions_store.h"

namespace marquee::movie {

events::Handlers deletion_handlers(ChangeFeed& changes) {
  events::Handlers handlers;
  handlers.on(events::kUserDeleted, [&changes](db::Tx& tx, const events::StoredEvent& event,
                                               const events::v1::UserDeleted&) {
    Tags stale = remove_user(tx, event.subject);
    tx.after_commit([&changes, stale = std::move(stale), user = event.subject] {
      changes.publish(stale);
      log::info("deleted user followed", {{"user", user}});
    });
  });
  return handlers;
}

}  // namespace marquee::movie

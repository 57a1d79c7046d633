// Removes what deleted users said, as `user.deleted` events come in: from the history, and from the
// screens of who is in the room.
#pragma once

#include "libs/events/handlers.h"
#include "libs/invalidation/change_feed.h"
#include "libs/live/publisher.h"

namespace marquee::rooms {

// The consumer's place in the stream.
inline constexpr char kDeletionsConsumer[] = "rooms-deletions";

// Both must outlive them.
events::Handlers deletion_handlers(invalidation::ChangeFeed& changes, live::Publisher& live);

}  // namespace marquee::rooms

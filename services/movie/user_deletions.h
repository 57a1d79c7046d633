// Removes what deleted users left, as `user.deleted` events come in: ratings (the films' figures
// follow), reviews, comments, watchlist, tags; films they added stay, without their name.
#pragma once

#include "libs/events/handlers.h"
#include "services/movie/cache_tags.h"

namespace marquee::movie {

// The consumer's place in the stream.
inline constexpr char kDeletionsConsumer[] = "movie-deletions";

// `changes` must outlive them.
events::Handlers deletion_handlers(ChangeFeed& changes);

}  // namespace marquee::movie

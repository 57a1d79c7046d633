// The tags of what the movie service changes, as the cache policies in proto/ name them:
// movie:{id}, movies, popular, search, reviews, reviews:{movie_id}, review:{id},
// comments:{movie_id}.
#pragma once

#include <cstdint>
#include <string>

#include "libs/invalidation/change_feed.h"

namespace marquee::movie {

using invalidation::ChangeFeed;
using invalidation::drop_from;
using invalidation::kEverything;
using invalidation::Tags;

// What shows a film or its rating: the film itself and the lists it may be on.
Tags film_tags(std::int64_t movie_id);
// What shows a review of a film; `review_id` 0 when it has none of its own yet.
void add_review_tags(Tags& tags, std::int64_t movie_id, std::int64_t review_id);
std::string comments_tag(std::int64_t movie_id);

}  // namespace marquee::movie

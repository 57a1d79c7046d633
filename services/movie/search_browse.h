// Searches without words of a title: by genre, years and ratings from the lists of those; by
// director or by signs from the films that have them, which are few enough to be put in order. See
// SearchStore.
#pragma once

#include "services/movie/search_query.h"

namespace marquee::movie {

void browse(SearchQuery& query);

// Films of the directors meant or that begin with the signs typed, and maybe with a title; `stage`
// kCandidates or, with words spelt like those of the title, kCandidatesMeant.
void search_candidates(SearchQuery& query, std::int64_t stage);

}  // namespace marquee::movie

// What is looked for when no title has what was typed, in whole or in part: its words in any order,
// words that are spelt alike, and those in any order; the stages from kAnyOrder to kMeantAnyOrder
// of a search (see SearchStore).
#pragma once

#include "services/movie/search_query.h"

namespace marquee::movie {

// Only the first of these that is there counts: the words in any order, those spelt alike in order,
// those in any order.
void look_further(SearchQuery& query);

// From where a page ended in `stage`.
void go_on_further(SearchQuery& query, std::int64_t stage);

// Words for those that no title has; if all are known, for all. Empty when there is none for one.
Phrase meant_phrase(SearchQuery& query);

}  // namespace marquee::movie

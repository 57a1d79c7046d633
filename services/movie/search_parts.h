// Titles that have what was typed as a part: the first word typed ends one of theirs, the last one
// begins one; a single word may be any part of one. The stages kPartBegins and kPartInside of a
// search (see SearchStore).
#pragma once

#include "services/movie/search_stages.h"

namespace marquee::movie {

// Reads these stages after the films of `stages`, which become part of the same statement. Those
// with the inner parts are read by themselves when the page is likely full before.
void add_parts(SearchQuery& query, Stages& stages);

// From where a page ended in `stage`.
void go_on_in_parts(SearchQuery& query, std::int64_t stage);

}  // namespace marquee::movie

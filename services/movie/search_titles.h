// Searches by words of a title, stage by stage (see SearchStore), in as few statements as can be:
// one when films with what was typed fill a page, or are likely so few that what else may follow is
// read with them; one more for what is only looked for when nothing was found.
#pragma once

#include "services/movie/search_query.h"

namespace marquee::movie {

void search_titles(SearchQuery& query);
// After a page that ended in `stage`.
void search_titles_from(SearchQuery& query, std::int64_t stage);

}  // namespace marquee::movie

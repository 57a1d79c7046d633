// Reads what the database keeps ready of a film (movie_cards, migrations/0004): one column with all
// that Movie shows besides the rating. Any thread.
#pragma once

#include <string_view>

#include "marquee/movie/v1/catalog.pb.h"

namespace marquee::movie {

// Throws Error INTERNAL when `fields` is not what pack_fields() makes.
void read_card(std::string_view fields, v1::Movie& movie);

// The same behind the rating (or nothing), a comma, the number of ratings, a comma.
void read_rated_card(std::string_view packed, v1::Movie& movie);

}  // namespace marquee::movie

// A catalogue large enough for indexes to matter: films of common and rare words, with ratings,
// genres and directors, in a database that has the movie service's schema and nothing else.
#pragma once

#include "libs/db/pool.h"

namespace marquee::movie::testing {

// Gives films that have none an external rating by their id, 0-9.
extern const db::Statement kTheirStats;

// `films`: rounded up to the next 2,000.
void fill(db::Pool& pool, int films);

}  // namespace marquee::movie::testing

// The SQL behind deletion_handlers(). Stateless; any thread.
#pragma once

#include <cstdint>

#include "libs/db/tx.h"
#include "services/movie/cache_tags.h"

namespace marquee::movie {

// Removes what the user left. Returns what is stale after the commit.
Tags remove_user(db::Tx& tx, std::int64_t user);

}  // namespace marquee::movie

// What a process says of its connections to the database. `pool` must live as long as the registry
// is scraped.
#pragma once

#include "libs/db/pool.h"
#include "libs/ops/live_registry.h"

namespace marquee::db {

void add_metrics(ops::LiveRegistry& registry, const Pool& pool);

}  // namespace marquee::db

// What a process says of the writes that share transactions, by kind of them.
#pragma once

#include "libs/db/write_queue.h"
#include "libs/ops/live_registry.h"

namespace marquee::db {

// `kind`: what is written, such as "rating".
void read_metrics(ops::Scrape& scrape, const char* kind, const WriteQueueStats& stats);

}  // namespace marquee::db

#include "libs/db/write_metrics.h"

namespace marquee::db {

void read_metrics(ops::Scrape& scrape, const char* kind, const WriteQueueStats& stats) {
  const ops::Scrape::Labels labels = {{"kind", kind}};
  scrape.gauge("marquee_db_group_waiting", "Writes that wait for the transaction they share",
               labels, stats.waiting);
  scrape.gauge("marquee_db_groups_running", "Transactions that writes share, under way", labels,
               stats.running);
  scrape.counter("marquee_db_groups_total", "Transactions that writes have shared", labels,
                 stats.batches);
  scrape.counter("marquee_db_group_writes_total", "Writes in them: by their number, how many share",
                 labels, stats.writes);
  scrape.counter("marquee_db_group_gave_up_total", "Writes that nobody wanted any more before",
                 labels, stats.gave_up);
  scrape.histogram("marquee_db_group_wait_seconds", "Waits of writes for their transaction", labels,
                   stats.waits);
}

}  // namespace marquee::db

#include "libs/db/pool_metrics.h"

namespace marquee::db {

void add_metrics(ops::LiveRegistry& registry, const Pool& pool) {
  registry.add([&pool](ops::Scrape& scrape) {
    const PoolStats stats = pool.stats();
    scrape.gauge("marquee_db_pool_size_limit", "Connections to the database at most", {},
                 pool.config().size);
    scrape.gauge("marquee_db_pool_connections", "Open connections to the database",
                 {{"state", "busy"}}, stats.busy);
    scrape.gauge("marquee_db_pool_connections", "Open connections to the database",
                 {{"state", "idle"}}, stats.open - stats.busy);
    scrape.gauge("marquee_db_pool_waiting", "Calls that wait for a connection", {}, stats.waiting);
    scrape.counter("marquee_db_pool_acquired_total", "Times that a connection was got", {},
                   stats.acquired);
    scrape.counter("marquee_db_pool_gave_up_total", "Waits for a connection that came to nothing",
                   {}, stats.gave_up);
    scrape.histogram("marquee_db_pool_wait_seconds",
                     "Waits for a connection, of those who found none free", {}, stats.waits);
  });
}

}  // namespace marquee::db

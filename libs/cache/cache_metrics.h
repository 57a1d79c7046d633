// What a process says of one of its caches. For a reader of ops::LiveRegistry.
#pragma once

#include "libs/cache/tagged_cache.h"
#include "libs/ops/live_registry.h"

namespace marquee::cache {

inline void read_metrics(ops::Scrape& scrape, const char* cache, const CacheStats& stats) {
  const ops::Scrape::Labels labels = {{"cache", cache}};
  scrape.counter("marquee_cache_hits_total", "Lookups that found something", labels, stats.hits);
  scrape.counter("marquee_cache_misses_total", "Lookups that found nothing", labels, stats.misses);
  scrape.counter("marquee_cache_evictions_total", "Entries that had to make room", labels,
                 stats.evictions);
  scrape.counter("marquee_cache_invalidations_total", "Entries that went as they were stale",
                 labels, stats.invalidations);
  scrape.gauge("marquee_cache_entries", "Entries held", labels, stats.entries);
  scrape.gauge("marquee_cache_bytes", "Memory of the entries, as it is reckoned", labels,
               stats.bytes);
  scrape.gauge("marquee_cache_bytes_limit", "Memory at most", labels, stats.bytes_max);
}

}  // namespace marquee::cache

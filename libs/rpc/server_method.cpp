#include "libs/rpc/server_method.h"

#include <algorithm>

#include "libs/core/log.h"
#include "libs/ops/live_registry.h"

namespace marquee::rpc {

void Lane::held_up(const char* rpc, std::size_t waiting) {
  held_up_.add();
  log::warn("a call holds up others: it blocks without Turn::about_to_block()",
            {{"rpc", rpc}, {"waiting", waiting}});
}

void Lane::read(ops::Scrape& scrape) const {
  const ops::Scrape::Labels labels = {{"lane", pool_.name()}};
  scrape.gauge("marquee_lane_threads", "Threads that run calls", labels, threads_);
  scrape.gauge("marquee_lane_queue_limit", "Calls that may wait for a thread", labels, queue_max_);
  scrape.gauge("marquee_lane_queued", "Calls that wait for a thread", labels, pool_.queued());
  scrape.gauge("marquee_lane_running", "Calls whose handlers have begun and not ended", labels,
               std::max<std::int64_t>(0, running_.value()));
  scrape.counter("marquee_lane_refused_total",
                 "Calls that found the queue full, or waited too long in it", labels,
                 refused_.value());
  scrape.counter("marquee_lane_held_up_total",
                 "Calls that blocked their thread, unannounced, before others", labels,
                 held_up_.value());
  scrape.histogram("marquee_lane_wait_seconds", "From a call's arrival to the start of its handler",
                   labels, waits_.read());
}

void RpcTally::read(ops::Scrape& scrape, const std::string& rpc) const {
  for (std::size_t code = 0; code < kCodes; ++code) {
    const auto calls = codes_.value(code);
    if (calls == 0 && code != 0) continue;
    scrape.counter("marquee_rpc_requests_total", "Calls answered, by RPC and canonical code",
                   {{"rpc", rpc}, {"code", std::string(code_name(static_cast<Code>(code)))}},
                   calls);
  }
  scrape.histogram("marquee_rpc_duration_seconds", "From a call's arrival to its answer",
                   {{"rpc", rpc}}, seconds_.read());
}

}  // namespace marquee::rpc

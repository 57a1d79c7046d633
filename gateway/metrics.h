// What the gateway counts, as Prometheus sees it: RED for each route, the edge cache, connections,
// limits. Route labels are templates, never paths. Built at start, counted from any thread: each
// I/O thread has counters of its own, which are summed when somebody asks, so that counting writes
// no cache line that another core writes.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/exchange.h"
#include "libs/core/error.h"
#include "libs/core/string_map.h"

namespace marquee::ops {
class LiveRegistry;
}

namespace marquee::gateway {

class Metrics {
 public:
  Metrics(const std::vector<std::unique_ptr<transcode::Route>>& routes,
          const std::vector<Rate>& rates, std::size_t cores);
  ~Metrics();

  void request_done(const Exchange& exchange, std::chrono::nanoseconds time);
  void rate_limited(std::size_t rate_class);
  void connections(int change);
  void requests_in_flight(int change);
  void calls_in_flight(const std::string& upstream, int change);
  void call_ended(const std::string& upstream, Code code, std::chrono::nanoseconds time);
  // How an answer ended that was begun before it was known: it was read to its end, its service
  // failed, or its reader left.
  enum class StreamEnd : std::uint8_t { kWhole, kBroken, kLeft };
  void stream_ended(StreamEnd end);
  // Where other parts add what they count.
  std::shared_ptr<ops::LiveRegistry> registry() const;

 private:
  class Counters;
  std::shared_ptr<Counters> counters_;
  StringMap<std::size_t> upstreams_;
};

}  // namespace marquee::gateway

// What the gateway counts, as Prometheus sees it: RED for each route, the edge cache, connections,
// limits. Built at start, counted from any thread. Route labels are templates, never paths.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "gateway/exchange.h"
#include "libs/core/string_map.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace marquee::gateway {

class Metrics {
 public:
  Metrics(const std::vector<std::unique_ptr<transcode::Route>>& routes,
          const std::vector<Rate>& rates);
  ~Metrics();

  void request_done(const Exchange& exchange, double seconds);
  void rate_limited(std::size_t rate_class);
  void connections(int change);
  void requests_in_flight(int change);
  void calls_in_flight(const std::string& upstream, int change);
  std::shared_ptr<prometheus::Registry> registry() const { return registry_; }

 private:
  struct OfRoute {
    std::array<prometheus::Counter*, 5> by_status_class{};  // 1xx to 5xx
    prometheus::Histogram* seconds = nullptr;
  };

  std::shared_ptr<prometheus::Registry> registry_;
  std::vector<OfRoute> routes_;  // by Route::index; the last is for requests without a route
  std::array<prometheus::Counter*, 4> cache_uses_{};
  std::vector<prometheus::Counter*> rate_limited_;
  prometheus::Gauge* connections_ = nullptr;
  prometheus::Gauge* in_flight_ = nullptr;
  StringMap<prometheus::Gauge*> calls_in_flight_;  // by upstream
};

}  // namespace marquee::gateway

// What Prometheus is told of the streams to one service, copied from rpc::ServiceState now and then
// so that no call pays for it. Owned by an Upstream, updated by one of its threads.
#pragma once

#include <cstdint>
#include <string>

#include "libs/rpc/service_state.h"

namespace prometheus {
class Counter;
class Gauge;
class Registry;
}  // namespace prometheus

namespace marquee::gateway {

class UpstreamMetrics {
 public:
  UpstreamMetrics(prometheus::Registry& registry, const std::string& upstream);
  void update(const rpc::ServiceState& state);

 private:
  struct Count {
    prometheus::Counter* counter = nullptr;
    std::uint64_t told = 0;
    void tell(std::uint64_t value);
  };
  prometheus::Gauge* streams_;
  Count retries_;
  Count ejections_;
  Count reconnects_;
};

}  // namespace marquee::gateway

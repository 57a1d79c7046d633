#include "gateway/upstream_metrics.h"

#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace marquee::gateway {
namespace {

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help,
                             const std::string& upstream) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(
      {{"upstream", upstream}});
}

}  // namespace

UpstreamMetrics::UpstreamMetrics(prometheus::Registry& registry, const std::string& upstream)
    : streams_(&prometheus::BuildGauge()
                    .Name("marquee_upstream_streams")
                    .Help("Call streams that are open, one a thread and replica")
                    .Register(registry)
                    .Add({{"upstream", upstream}})) {
  retries_.counter = &counter(registry, "marquee_upstream_retries_total",
                              "Calls that were made once more", upstream);
  ejections_.counter = &counter(registry, "marquee_upstream_ejections_total",
                                "Times that a replica was left alone for its failures", upstream);
  reconnects_.counter = &counter(registry, "marquee_upstream_reconnects_total",
                                 "Call streams opened again", upstream);
}

void UpstreamMetrics::Count::tell(std::uint64_t value) {
  counter->Increment(static_cast<double>(value - std::exchange(told, value)));
}

void UpstreamMetrics::update(const rpc::ServiceState& state) {
  streams_->Set(state.streams_open.load(std::memory_order_relaxed));
  retries_.tell(state.retries.load(std::memory_order_relaxed));
  ejections_.tell(state.ejections.load(std::memory_order_relaxed));
  reconnects_.tell(state.reconnects.load(std::memory_order_relaxed));
}

}  // namespace marquee::gateway

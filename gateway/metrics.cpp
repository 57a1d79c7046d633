#include "gateway/metrics.h"

#include <algorithm>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace marquee::gateway {
namespace {

const prometheus::Histogram::BucketBoundaries& bounds_s() {
  static const prometheus::Histogram::BucketBoundaries bounds = {
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5};
  return bounds;
}

}  // namespace

Metrics::Metrics(const std::vector<std::unique_ptr<transcode::Route>>& routes,
                 const std::vector<Rate>& rates)
    : registry_(std::make_shared<prometheus::Registry>()), routes_(routes.size() + 1) {
  auto& requests = prometheus::BuildCounter()
                       .Name("marquee_http_requests_total")
                       .Help("Requests answered, by route and class of status")
                       .Register(*registry_);
  auto& seconds = prometheus::BuildHistogram()
                      .Name("marquee_http_request_duration_seconds")
                      .Help("From the end of the request to its answer being ready")
                      .Register(*registry_);
  auto add_route = [&](OfRoute& target, const std::string& method, const std::string& path) {
    static constexpr std::array<const char*, 5> kClasses = {"1xx", "2xx", "3xx", "4xx", "5xx"};
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
      target.by_status_class[i] =
          &requests.Add({{"method", method}, {"route", path}, {"status", kClasses[i]}});
    }
    target.seconds = &seconds.Add({{"method", method}, {"route", path}}, bounds_s());
  };
  for (const auto& route : routes) {
    add_route(routes_[route->index], std::string(transcode::verb_name(route->verb)),
              route->path_template);
  }
  add_route(routes_.back(), "other", "other");

  auto& cache = prometheus::BuildCounter()
                    .Name("marquee_edge_cache_requests_total")
                    .Help("Requests to cacheable routes: hit, miss, or joined another's miss")
                    .Register(*registry_);
  cache_uses_ = {nullptr, &cache.Add({{"outcome", "hit"}}), &cache.Add({{"outcome", "miss"}}),
                 &cache.Add({{"outcome", "joined"}})};
  auto& limited = prometheus::BuildCounter()
                      .Name("marquee_rate_limited_total")
                      .Help("Requests refused for their rate")
                      .Register(*registry_);
  for (const auto& rate : rates) rate_limited_.push_back(&limited.Add({{"class", rate.name}}));
  connections_ = &prometheus::BuildGauge()
                      .Name("marquee_http_connections")
                      .Help("Open connections")
                      .Register(*registry_)
                      .Add({});
  auto& calls = prometheus::BuildGauge()
                    .Name("marquee_upstream_calls_in_flight")
                    .Help("Calls that services are answering")
                    .Register(*registry_);
  for (const auto& route : routes) {
    const std::string& upstream = route->method->upstream;
    calls_in_flight_[upstream] = &calls.Add({{"upstream", upstream}});
  }
  in_flight_ = &prometheus::BuildGauge()
                    .Name("marquee_http_requests_in_flight")
                    .Help("Requests being answered")
                    .Register(*registry_)
                    .Add({});
}

Metrics::~Metrics() = default;

void Metrics::request_done(const Exchange& exchange, double seconds) {
  bool routed =
      exchange.match.outcome == transcode::RouteMatch::Outcome::kFound && exchange.route != nullptr;
  OfRoute& route = routed ? routes_[exchange.match.route->index] : routes_.back();
  unsigned status_class = std::clamp(exchange.answer.status / 100, 1u, 5u);
  route.by_status_class[status_class - 1]->Increment();
  route.seconds->Observe(seconds);
  if (auto* counter = cache_uses_[static_cast<std::size_t>(exchange.cache)]) counter->Increment();
}

void Metrics::rate_limited(std::size_t rate_class) {
  rate_limited_[rate_class]->Increment();
}

void Metrics::connections(int change) {
  connections_->Increment(change);
}

void Metrics::calls_in_flight(const std::string& upstream, int change) {
  if (auto it = calls_in_flight_.find(upstream); it != calls_in_flight_.end()) {
    it->second->Increment(change);
  }
}

void Metrics::requests_in_flight(int change) {
  in_flight_->Increment(change);
}

}  // namespace marquee::gateway

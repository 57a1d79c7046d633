#include "gateway/metrics.h"

#include <algorithm>
#include <atomic>

#include "gateway/per_core.h"
#include "libs/ops/live_registry.h"

namespace marquee::gateway {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

// In nanoseconds; the last bucket has no bound.
constexpr std::array<std::int64_t, 15> kBounds = {
    100'000,     250'000,     500'000,       1'000'000,     2'500'000,
    5'000'000,   10'000'000,  25'000'000,    50'000'000,    100'000'000,
    250'000'000, 500'000'000, 1'000'000'000, 2'500'000'000, 5'000'000'000};
constexpr std::size_t kClasses = 5;  // 1xx to 5xx
constexpr std::array<const char*, kClasses> kClassNames = {"1xx", "2xx", "3xx", "4xx", "5xx"};
constexpr std::array<const char*, 3> kCacheNames = {"hit", "miss", "joined"};
constexpr std::array<const char*, 3> kStreamEndNames = {"whole", "broken", "left"};
constexpr double kSecond = 1e9;

// Where the numbers of a route lie, from its first on.
constexpr std::size_t kBuckets = kClasses;
constexpr std::size_t kTimeSum = kBuckets + kBounds.size() + 1;
constexpr std::size_t kRouteNumbers = kTimeSum + 1;
// Where those of an upstream lie: calls in flight, ended ones by code, and their times.
constexpr std::size_t kCodes = static_cast<std::size_t>(Code::kUnauthenticated) + 1;
constexpr std::size_t kCallBuckets = 1 + kCodes;
constexpr std::size_t kCallTimeSum = kCallBuckets + kBounds.size() + 1;
constexpr std::size_t kUpstreamNumbers = kCallTimeSum + 1;

std::size_t bucket_of(std::chrono::nanoseconds time) {
  auto bound = std::find_if(kBounds.begin(), kBounds.end(),
                            [&](std::int64_t most) { return time.count() <= most; });
  return static_cast<std::size_t>(bound - kBounds.begin());
}

MetricFamily family(const char* name, const char* help, MetricType type) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

ClientMetric labelled(std::vector<ClientMetric::Label> labels) {
  ClientMetric metric;
  metric.label = std::move(labels);
  return metric;
}

}  // namespace

// One row of numbers for each I/O thread, which alone writes it, and one for all other threads.
class Metrics::Counters : public ops::LiveRegistry {
 public:
  struct RouteLabels {
    std::string method;
    std::string path;
  };

  Counters(std::vector<RouteLabels> routes, const std::vector<Rate>& rates,
           std::vector<std::string> upstreams, std::size_t cores)
      : routes_(std::move(routes)), upstreams_(std::move(upstreams)), rows_(cores + 1) {
    for (const auto& rate : rates) rates_.push_back(rate.name);
    std::size_t size = routes_.size() * kRouteNumbers;
    cache_at = size;
    rates_at = cache_at + kCacheNames.size();
    connections_at = rates_at + rates_.size();
    in_flight_at = connections_at + 1;
    stream_ends_at = in_flight_at + 1;
    upstreams_at = stream_ends_at + kStreamEndNames.size();
    for (Row& row : rows_) row = Row(upstreams_at + upstreams_.size() * kUpstreamNumbers);
  }

  void add(std::size_t at, std::int64_t change) {
    const std::size_t core = this_core();
    if (core < rows_.size() - 1) {
      Number& number = rows_[core][at];
      number.store(number.load(std::memory_order_relaxed) + change, std::memory_order_relaxed);
    } else {
      rows_.back()[at].fetch_add(change, std::memory_order_relaxed);
    }
  }

  std::vector<MetricFamily> Collect() const override {
    auto families = LiveRegistry::Collect();
    collect_routes(families);
    auto cache = family("marquee_edge_cache_requests_total",
                        "Requests to cacheable routes: hit, miss, or joined another's miss",
                        MetricType::Counter);
    for (std::size_t i = 0; i < kCacheNames.size(); ++i) {
      count(cache, {{"outcome", kCacheNames[i]}}, cache_at + i);
    }
    families.push_back(std::move(cache));
    auto limited = family("marquee_rate_limited_total", "Requests refused for their rate",
                          MetricType::Counter);
    for (std::size_t i = 0; i < rates_.size(); ++i) {
      count(limited, {{"class", rates_[i]}}, rates_at + i);
    }
    families.push_back(std::move(limited));
    gauge(families, "marquee_http_connections", "Open connections", connections_at);
    gauge(families, "marquee_http_requests_in_flight", "Requests that wait for their answer",
          in_flight_at);
    auto streamed = family("marquee_http_streamed_answers_total",
                           "Answers that came in pieces: read whole, broken off, or left by their "
                           "reader",
                           MetricType::Counter);
    for (std::size_t i = 0; i < kStreamEndNames.size(); ++i) {
      count(streamed, {{"end", kStreamEndNames[i]}}, stream_ends_at + i);
    }
    families.push_back(std::move(streamed));
    collect_upstreams(families);
    return families;
  }

  std::size_t routes() const { return routes_.size(); }
  std::size_t cache_at = 0;
  std::size_t rates_at = 0;
  std::size_t connections_at = 0;
  std::size_t in_flight_at = 0;
  std::size_t stream_ends_at = 0;
  std::size_t upstreams_at = 0;

 private:
  using Number = std::atomic<std::int64_t>;
  using Row = std::vector<Number>;

  double sum(std::size_t at) const {
    std::int64_t total = 0;
    for (const Row& row : rows_) total += row[at].load(std::memory_order_relaxed);
    return static_cast<double>(total);
  }

  void count(MetricFamily& into, std::vector<ClientMetric::Label> labels, std::size_t at) const {
    auto metric = labelled(std::move(labels));
    metric.counter.value = sum(at);
    into.metric.push_back(std::move(metric));
  }

  void gauge(std::vector<MetricFamily>& families, const char* name, const char* help,
             std::size_t at) const {
    auto one = family(name, help, MetricType::Gauge);
    ClientMetric metric;
    metric.gauge.value = sum(at);
    one.metric.push_back(std::move(metric));
    families.push_back(std::move(one));
  }

  void collect_routes(std::vector<MetricFamily>& families) const {
    auto requests = family("marquee_http_requests_total",
                           "Requests answered, by route and class of status", MetricType::Counter);
    auto seconds =
        family("marquee_http_request_duration_seconds",
               "From the end of the request to its answer being ready", MetricType::Histogram);
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      const auto& [method, path] = routes_[i];
      const std::size_t first = i * kRouteNumbers;
      for (std::size_t c = 0; c < kClasses; ++c) {
        count(requests, {{"method", method}, {"route", path}, {"status", kClassNames[c]}},
              first + c);
      }
      auto metric = labelled({{"method", method}, {"route", path}});
      fill_histogram(metric, first + kBuckets, first + kTimeSum);
      seconds.metric.push_back(std::move(metric));
    }
    families.push_back(std::move(requests));
    families.push_back(std::move(seconds));
  }

  void fill_histogram(ClientMetric& metric, std::size_t buckets_at, std::size_t sum_at) const {
    std::uint64_t below = 0;
    for (std::size_t b = 0; b <= kBounds.size(); ++b) {
      below += static_cast<std::uint64_t>(sum(buckets_at + b));
      const bool last = b == kBounds.size();
      metric.histogram.bucket.push_back({below, last ? std::numeric_limits<double>::infinity()
                                                     : static_cast<double>(kBounds[b]) / kSecond});
    }
    metric.histogram.sample_count = below;
    metric.histogram.sample_sum = sum(sum_at) / kSecond;
  }

  void collect_upstreams(std::vector<MetricFamily>& families) const {
    auto in_flight = family("marquee_upstream_calls_in_flight", "Calls that services are answering",
                            MetricType::Gauge);
    auto calls = family("marquee_upstream_calls_total",
                        "Calls that ended, by service and canonical code", MetricType::Counter);
    auto seconds = family("marquee_upstream_call_duration_seconds",
                          "From a call to its answer, with retries", MetricType::Histogram);
    for (std::size_t i = 0; i < upstreams_.size(); ++i) {
      const std::size_t first = upstreams_at + i * kUpstreamNumbers;
      auto gauge = labelled({{"upstream", upstreams_[i]}});
      gauge.gauge.value = sum(first);
      in_flight.metric.push_back(std::move(gauge));
      for (std::size_t code = 0; code < kCodes; ++code) {
        if (code != 0 && sum(first + 1 + code) == 0) continue;
        std::string name(code_name(static_cast<Code>(code)));
        count(calls, {{"upstream", upstreams_[i]}, {"code", std::move(name)}}, first + 1 + code);
      }
      auto histogram = labelled({{"upstream", upstreams_[i]}});
      fill_histogram(histogram, first + kCallBuckets, first + kCallTimeSum);
      seconds.metric.push_back(std::move(histogram));
    }
    families.push_back(std::move(in_flight));
    families.push_back(std::move(calls));
    families.push_back(std::move(seconds));
  }

  const std::vector<RouteLabels> routes_;  // by Route::index; the last is for what has none
  const std::vector<std::string> upstreams_;
  std::vector<std::string> rates_;
  std::vector<Row> rows_;
};

Metrics::Metrics(const std::vector<std::unique_ptr<transcode::Route>>& routes,
                 const std::vector<Rate>& rates, std::size_t cores) {
  std::vector<Counters::RouteLabels> labels(routes.size() + 1, {"other", "other"});
  std::vector<std::string> upstreams;
  for (const auto& route : routes) {
    labels[route->index] = {std::string(transcode::verb_name(route->verb)), route->path_template};
    if (upstreams_.emplace(route->method->upstream, upstreams.size()).second) {
      upstreams.push_back(route->method->upstream);
    }
  }
  counters_ = std::make_shared<Counters>(std::move(labels), rates, std::move(upstreams), cores);
}

Metrics::~Metrics() = default;

std::shared_ptr<ops::LiveRegistry> Metrics::registry() const {
  return counters_;
}

void Metrics::request_done(const Exchange& exchange, std::chrono::nanoseconds time) {
  bool routed =
      exchange.match.outcome == transcode::RouteMatch::Outcome::kFound && exchange.route != nullptr;
  std::size_t route = routed ? exchange.match.route->index : counters_->routes() - 1;
  const std::size_t first = route * kRouteNumbers;
  counters_->add(first + std::clamp(exchange.answer.status / 100, 1u, 5u) - 1, 1);
  counters_->add(first + kBuckets + bucket_of(time), 1);
  counters_->add(first + kTimeSum, time.count());
  if (exchange.cache != CacheUse::kNone) {
    counters_->add(counters_->cache_at + static_cast<std::size_t>(exchange.cache) - 1, 1);
  }
}

void Metrics::rate_limited(std::size_t rate_class) {
  counters_->add(counters_->rates_at + rate_class, 1);
}

void Metrics::connections(int change) {
  counters_->add(counters_->connections_at, change);
}

void Metrics::calls_in_flight(const std::string& upstream, int change) {
  if (auto it = upstreams_.find(upstream); it != upstreams_.end()) {
    counters_->add(counters_->upstreams_at + it->second * kUpstreamNumbers, change);
  }
}

void Metrics::call_ended(const std::string& upstream, Code code, std::chrono::nanoseconds time) {
  auto it = upstreams_.find(upstream);
  if (it == upstreams_.end()) return;
  const std::size_t first = counters_->upstreams_at + it->second * kUpstreamNumbers;
  const auto number = static_cast<std::size_t>(code);
  counters_->add(first + 1 + (number < kCodes ? number : static_cast<std::size_t>(Code::kUnknown)),
                 1);
  counters_->add(first + kCallBuckets + bucket_of(time), 1);
  counters_->add(first + kCallTimeSum, time.count());
}

void Metrics::stream_ended(StreamEnd end) {
  counters_->add(counters_->stream_ends_at + static_cast<std::size_t>(end), 1);
}

void Metrics::requests_in_flight(int change) {
  counters_->add(counters_->in_flight_at, change);
}

}  // namespace marquee::gateway

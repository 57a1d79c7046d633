#include "libs/ops/live_registry.h"

#include <limits>

namespace marquee::ops {

prometheus::ClientMetric& Scrape::add(const char* name, const char* help, const Labels& labels,
                                      prometheus::MetricType type) {
  auto& family = families_[name];
  if (family.metric.empty()) {
    family.name = name;
    family.help = help;
    family.type = type;
  }
  prometheus::ClientMetric metric;
  for (const auto& [label, value] : labels) {
    prometheus::ClientMetric::Label pair;
    pair.name = label;
    pair.value = value;
    metric.label.push_back(std::move(pair));
  }
  family.metric.push_back(std::move(metric));
  return family.metric.back();
}

void Scrape::histogram(const char* name, const char* help, const Labels& labels,
                       const core::Durations::Reading& reading) {
  auto& histogram = add(name, help, labels, prometheus::MetricType::Histogram).histogram;
  constexpr double kSecond = 1e9;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < core::Durations::kBuckets; ++i) {
    below += reading.counts[i];
    const bool last = i + 1 == core::Durations::kBuckets;
    prometheus::ClientMetric::Bucket bucket;
    bucket.cumulative_count = below;
    bucket.upper_bound = last ? std::numeric_limits<double>::infinity()
                              : static_cast<double>(core::Durations::kBounds[i]) / kSecond;
    histogram.bucket.push_back(bucket);
  }
  histogram.sample_count = below;
  histogram.sample_sum = reading.sum_seconds;
}

std::vector<prometheus::MetricFamily> Scrape::take() {
  std::vector<prometheus::MetricFamily> families;
  for (auto& [name, family] : families_) families.push_back(std::move(family));
  families_.clear();
  return families;
}

void LiveRegistry::add(Reader reader) {
  std::lock_guard lock(mutex_);
  readers_.push_back(std::move(reader));
}

std::vector<prometheus::MetricFamily> LiveRegistry::Collect() const {
  auto families = Registry::Collect();
  Scrape scrape;
  {
    std::lock_guard lock(mutex_);
    for (const auto& reader : readers_) reader(scrape);
  }
  for (auto& family : scrape.take()) families.push_back(std::move(family));
  return families;
}

}  // namespace marquee::ops

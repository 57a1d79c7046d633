// A registry whose numbers are read when somebody scrapes: parts keep counts of their own
// (libs/core/tally.h, or under locks that they hold anyway), and say here how to read them. Owned
// by the process's main object; add() at start, by any thread. Readers run on the ops server's
// threads, so what they read must live until that server has ended.
//
//   registry.add([&pool](ops::Scrape& scrape) {
//     scrape.gauge("marquee_db_pool_waiting", "Callers that wait", {}, pool.stats().waiting);
//   });
//
// Names begin with marquee_, units are base units, and the values of a label are few and known: no
// ids, no paths, nothing that callers send.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include "libs/core/tally.h"

namespace marquee::ops {

// One answer to a scrape in the making.
class Scrape {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  template <typename Number>
  void counter(const char* name, const char* help, const Labels& labels, Number value) {
    add(name, help, labels, prometheus::MetricType::Counter).counter.value =
        static_cast<double>(value);
  }
  template <typename Number>
  void gauge(const char* name, const char* help, const Labels& labels, Number value) {
    add(name, help, labels, prometheus::MetricType::Gauge).gauge.value = static_cast<double>(value);
  }
  void histogram(const char* name, const char* help, const Labels& labels,
                 const core::Durations::Reading& reading);

  std::vector<prometheus::MetricFamily> take();

 private:
  prometheus::ClientMetric& add(const char* name, const char* help, const Labels& labels,
                                prometheus::MetricType type);

  std::map<std::string, prometheus::MetricFamily> families_;
};

class LiveRegistry : public prometheus::Registry {
 public:
  using Reader = std::function<void(Scrape&)>;

  void add(Reader reader);
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  mutable std::mutex mutex_;
  std::vector<Reader> readers_;
};

}  // namespace marquee::ops

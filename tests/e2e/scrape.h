// What a process says on /metrics, as tests ask of it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/suite.h"

namespace marquee::e2e {

class Scrape {
 public:
  // Throws std::runtime_error for text that is not Prometheus's.
  explicit Scrape(const std::string& text);

  // The sum of the series of that name with all of these labels: R"(upstream="auth")"; 0: none.
  double sum(const std::string& name, const std::vector<std::string>& labels = {}) const;
  // Of families, as # TYPE lines name them, with their types.
  const std::map<std::string, std::string>& types() const { return types_; }
  const std::set<std::string>& with_help() const { return helps_; }
  // Of series, also _bucket, _sum and _count.
  bool has(const std::string& name) const;
  std::size_t series() const { return values_.size(); }

 private:
  struct Series {
    std::string name;
    std::string labels;
    double value;
  };
  std::vector<Series> values_;
  std::map<std::string, std::string> types_;
  std::set<std::string> helps_;
};

// One process of the suite: "gateway", "movie-service-1".
Scrape scrape(const Suite& suite, const std::string& process);
// All processes with an ops port, by name.
std::map<std::string, Scrape> scrape_all(const Suite& suite);
// The sum over all of them.
double sum_of(const std::map<std::string, Scrape>& scrapes, const std::string& name,
              const std::vector<std::string>& labels = {});

}  // namespace marquee::e2e

// Replicas of the movie service and gateways before them, of a test's own, on the shared suite's
// database and bus.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/faults/load.h"
#include "tests/e2e/side.h"

namespace marquee::e2e {

class Stack {
 public:
  // Returns when everything is ready.
  explicit Stack(std::size_t replicas, const Settings& gateway_settings = {},
                 const Settings& movie_settings = {}, std::size_t gateways = 1);

  SideMovie& movie(std::size_t index) { return *movies_[index]; }
  SideGateway& gateway(std::size_t index = 0) { return *gateways_[index]; }
  std::vector<int> ports() const;  // of the gateways

 private:
  std::vector<std::unique_ptr<SideMovie>> movies_;
  std::vector<std::unique_ptr<SideGateway>> gateways_;
};

// The sum of a metric's series in which `label` occurs.
double metric(const SideProcess& process, const std::string& name, const std::string& label = {});

}  // namespace marquee::e2e

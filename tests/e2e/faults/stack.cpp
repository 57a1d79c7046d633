#include "tests/e2e/faults/stack.h"

#include <sstream>

namespace marquee::e2e {

Stack::Stack(std::size_t replicas, const Settings& gateway_settings, const Settings& movie_settings,
             std::size_t gateways) {
  const Suite& suite = Suite::shared();
  std::string addresses;
  while (movies_.size() < replicas) {
    movies_.push_back(std::make_unique<SideMovie>(suite, movie_settings));
    addresses += (addresses.empty() ? "" : "|") + movies_.back()->address();
  }
  Settings settings = gateway_settings;
  settings.emplace("UPSTREAMS", upstream(suite, "auth") + ",movie=" + addresses);
  while (gateways_.size() < gateways) {
    gateways_.push_back(std::make_unique<SideGateway>(suite, settings));
  }
}

std::vector<int> Stack::ports() const {
  std::vector<int> ports;
  for (const auto& gateway : gateways_) ports.push_back(gateway->port());
  return ports;
}

double metric(const SideProcess& process, const std::string& name, const std::string& label) {
  std::istringstream metrics(process.ops().get("/metrics").body);
  double sum = 0;
  for (std::string line; std::getline(metrics, line);) {
    if (line.rfind(name, 0) != 0 || line.find(label) == std::string::npos) continue;
    const char after = line[name.size()];
    if (after == '{' || after == ' ') sum += std::stod(line.substr(line.rfind(' ')));
  }
  return sum;
}

}  // namespace marquee::e2e

// grpc.health.v1.Health on the server's own queue: gRPC's runs on its callback API, whose threads
// nobody else here needs. Known are "" and the names given. Owned by the Server; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

#include "libs/rpc/raw_service.h"

namespace marquee::rpc {

class HealthWatch;

class HealthService {
 public:
  enum class Status : std::uint8_t { kUnknown = 0, kServing = 1, kNotServing = 2, kNoSuch = 3 };

  explicit HealthService(std::unordered_set<std::string> names) : names_(std::move(names)) {}
  void add_methods(RawService& service);
  void serve();
  // NOT_SERVING from now on, and whoever watches is told and let go.
  void stop();

  // For the calls.
  Status status(const std::string& name) const;
  void opened(std::shared_ptr<HealthWatch> watch);
  void ended(const std::shared_ptr<HealthWatch>& watch);

 private:
  Status status_locked(const std::string& name) const;
  void tell_locked(HealthWatch& watch) const;

  const std::unordered_set<std::string> names_;
  mutable std::mutex mutex_;
  Status all_ = Status::kNotServing;
  bool stopping_ = false;
  std::unordered_set<std::shared_ptr<HealthWatch>> watches_;
};

}  // namespace marquee::rpc
